//! Lists in the order of a number, and sets and maps, without a sort compiled for each type.

/// Sorts by a number; what has the same one stays in order.
///
/// The standard library's stable sort is compiled anew for every type of item, 4 KB in a WASM module
/// each time: numbers and places are sorted here, once, and the items are moved after it.
pub(crate) fn by_number<T>(items: Vec<T>, number: impl Fn(&T) -> u64) -> Vec<T> {
    let numbers = items.iter().map(number);
    let mut order: Vec<(u64, usize)> = numbers.zip(0..).collect();
    // Each place stands there once: no two are equal, so nothing can change places.
    order.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(_, place)| items.get_mut(place)?.take()).collect()
}

/// What `collect` gives: a set or map of the standard library sorts what it is collected from, by a
/// sort of its own for every type, and does not where it is added to.
pub(crate) fn collected<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut collection = C::default();
    collection.extend(items);
    collection
}

#[cfg(test)]
mod tests {
    use super::by_number;

    #[test]
    fn equal_numbers_stay_in_order() {
        let items: Vec<(u64, usize)> = (0..1000).map(|n| 7 * (n % 13) % 5).zip(0..).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|(number, _)| *number);
        assert_eq!(by_number(items, |(number, _)| *number), expected);
        assert!(by_number(Vec::<u64>::new(), |number| *number).is_empty());
    }
}
