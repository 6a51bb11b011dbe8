//! What the module that verifies orders from the one that draws: which seals hold, and where they
//! stand. The file itself goes beside it.
//!
//! ```text
//! Order ::= SEQUENCE OF SEQUENCE { number INTEGER, picture OCTET STRING, stamps SEQUENCE OF Stamp }
//! Stamp ::= SEQUENCE { page INTEGER, boundary Rect, clip Rect OPTIONAL }
//! Rect  ::= SEQUENCE { x, y, width, height INTEGER }   micrometres, 32 bits in two's complement
//! ```

#[cfg(feature = "documents")]
pub(crate) use write::write;

#[cfg(feature = "pages")]
pub(crate) use read::{OrderedSeal, read};

#[cfg(feature = "documents")]
mod write {
    use yinxin::der::Writer;
    use yinxin::seal::ofd::ValidSeal;
    use yinxin::seal::placement::{Millimetres, Rect};

    /// An order of these seals.
    pub(crate) fn write<'a>(seals: impl Iterator<Item = ValidSeal<'a>>) -> Vec<u8> {
        Writer::build(|order| {
            order.sequence(|order| {
                for seal in seals {
                    order.sequence(|order| one(order, &seal));
                }
            });
        })
    }

    fn one(order: &mut Writer, seal: &ValidSeal<'_>) {
        order.uint(u64::try_from(seal.number()).unwrap_or(u64::MAX));
        order.octet_string(seal.picture());
        order.sequence(|order| {
            for stamp in seal.stamps() {
                order.sequence(|order| {
                    order.uint(stamp.page.into());
                    rect(order, &stamp.boundary);
                    if let Some(clip) = &stamp.clip {
                        rect(order, clip);
                    }
                });
            }
        });
    }

    fn rect(order: &mut Writer, rect: &Rect) {
        let length = |length: Millimetres| u64::from(length.micrometres().cast_unsigned());
        order.sequence(|order| {
            for side in [rect.x, rect.y, rect.width, rect.height] {
                order.uint(length(side));
            }
        });
    }
}

#[cfg(feature = "pages")]
mod read {
    use yinxin::Error;
    use yinxin::der::Reader;
    use yinxin_seal::ofd::ValidSeal;
    use yinxin_seal::placement::{Millimetres, Rect, Stamp};

    /// A seal as ordered.
    #[derive(Debug)]
    pub(crate) struct OrderedSeal {
        number: usize,
        picture: Vec<u8>,
        stamps: Vec<Stamp>,
    }

    impl OrderedSeal {
        /// The seal that the verifier found valid.
        pub(crate) fn valid(&self) -> ValidSeal<'_> {
            ValidSeal::found_elsewhere(self.number, &self.picture, &self.stamps)
        }
    }

    /// Reads an order.
    ///
    /// # Errors
    ///
    /// It is none.
    pub(crate) fn read(order: &[u8]) -> Result<Vec<OrderedSeal>, Error> {
        let mut whole = Reader::new(order);
        let mut list = whole.sequence()?;
        whole.finish()?;
        let mut seals = Vec::new();
        while !list.is_empty() {
            let mut seal = list.sequence()?;
            let number = usize::try_from(seal.uint()?).unwrap_or(usize::MAX);
            let picture = seal.octet_string()?.to_vec();
            let mut places = seal.sequence()?;
            seal.finish()?;
            let mut stamps = Vec::new();
            while !places.is_empty() {
                stamps.push(stamp(&mut places)?);
            }
            seals.push(OrderedSeal { number, picture, stamps });
        }
        Ok(seals)
    }

    fn stamp(places: &mut Reader<'_>) -> Result<Stamp, Error> {
        let mut one = places.sequence()?;
        let page = short(&mut one)?;
        let boundary = rect(&mut one)?;
        let clip = if one.is_empty() { None } else { Some(rect(&mut one)?) };
        one.finish()?;
        Ok(Stamp { page, boundary, clip })
    }

    fn rect(stamp: &mut Reader<'_>) -> Result<Rect, Error> {
        let mut sides = stamp.sequence()?;
        let mut side =
            || short(&mut sides).map(u32::cast_signed).map(Millimetres::from_micrometres);
        let rect = Rect { x: side()?, y: side()?, width: side()?, height: side()? };
        sides.finish()?;
        Ok(rect)
    }

    fn short(reader: &mut Reader<'_>) -> Result<u32, Error> {
        let at = reader.position();
        u32::try_from(reader.uint()?).map_err(|_| Error::Malformed { at, expected: "32 bits" })
    }
}

#[cfg(all(test, feature = "documents", feature = "pages"))]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use yinxin::seal::ofd::ValidSeal;
    use yinxin::seal::placement::{Millimetres, Rect, Stamp};

    #[test]
    fn what_is_ordered_is_read_and_nothing_cut_short_is() {
        let length = Millimetres::from_micrometres;
        let boundary =
            Rect { x: length(-1), y: length(i32::MIN), width: length(40_000), height: length(0) };
        let clip = Some(Rect { x: length(1), ..boundary });
        let stamps =
            [Stamp { page: 1, boundary, clip: None }, Stamp { page: u32::MAX, boundary, clip }];
        let seals = [
            ValidSeal::found_elsewhere(1, b"picture", &stamps),
            ValidSeal::found_elsewhere(3, b"", &[]),
        ];
        let order = super::write(seals.into_iter());
        let read = super::read(&order).unwrap();
        assert_eq!(read.len(), 2);
        for (own, seal) in read.iter().map(super::OrderedSeal::valid).zip(&seals) {
            assert_eq!(own.number(), seal.number());
            assert_eq!(own.picture(), seal.picture());
            assert_eq!(own.stamps(), seal.stamps());
        }
        for end in 0..order.len() {
            let cut = order.get(..end).unwrap();
            assert!(super::read(cut).is_err(), "{end}");
        }
    }
}
