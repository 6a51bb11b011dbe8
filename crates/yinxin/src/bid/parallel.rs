//! Work on chunks in any order, results in the right one.

use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};

use super::BidFileError;

/// Runs `work` on everything `next` gives, on `cores` threads, and hands the results to `done` in
/// order. At most two items for each core are in memory. The first error ends everything.
///
/// On one core no thread is made.
pub(super) fn ordered<I: Send, O: Send>(
    cores: usize,
    mut next: impl FnMut() -> Result<Option<I>, BidFileError>,
    work: impl Fn(I) -> Result<O, BidFileError> + Sync,
    mut done: impl FnMut(O) -> Result<(), BidFileError>,
) -> Result<(), BidFileError> {
    if cores <= 1 {
        while let Some(item) = next()? {
            done(work(item)?)?;
        }
        return Ok(());
    }
    let (jobs, queue) = mpsc::channel::<(u64, I)>();
    let queue = Mutex::new(queue);
    let (results, finished) = mpsc::channel::<(u64, Result<O, BidFileError>)>();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            let (queue, results, work) = (&queue, results.clone(), &work);
            scope.spawn(move || {
                loop {
                    // The lock is held while waiting, so that the others queue behind it; a
                    // poisoned one means that a thread died, and the scope will say so.
                    let Ok(job) = queue.lock().map(|queue| queue.recv()) else { return };
                    let Ok((number, item)) = job else { return };
                    if results.send((number, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        // Moved in, so that leaving early closes the queue and the threads end.
        let jobs = jobs;
        let window = u64::try_from(cores * 2).unwrap_or(2);
        let (mut sent, mut handed, mut ended) = (0_u64, 0_u64, false);
        let mut waiting = BTreeMap::new();
        loop {
            while !ended && sent - handed < window {
                match next()? {
                    Some(item) => {
                        // Fails only when all threads are gone, which `recv` below reports.
                        let _ = jobs.send((sent, item));
                        sent += 1;
                    }
                    None => ended = true,
                }
            }
            if handed == sent {
                return Ok(());
            }
            let Ok((number, result)) = finished.recv() else { return Ok(()) };
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&handed) {
                done(result?)?;
                handed += 1;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinxin_pki::envelope::BidError;

    #[test]
    fn results_come_in_order_on_any_number_of_cores() {
        for cores in [1, 2, 5] {
            let mut items = 0..1000_u64;
            let mut out = Vec::new();
            let work = |n: u64| {
                if n.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                Ok(n * 2)
            };
            ordered(
                cores,
                || Ok(items.next()),
                work,
                |n| {
                    out.push(n);
                    Ok(())
                },
            )
            .unwrap();
            assert!(out.into_iter().eq((0..1000).map(|n| n * 2)));
        }
    }

    #[test]
    fn the_first_error_in_order_ends_everything() {
        for cores in [1, 4] {
            let mut items = 0..1000_u64;
            let mut out = 0;
            let work = |n: u64| if n >= 10 { Err(BidError::FileName.into()) } else { Ok(n) };
            let ended = ordered(
                cores,
                || Ok(items.next()),
                work,
                |_| {
                    out += 1;
                    Ok(())
                },
            );
            assert!(ended.is_err());
            assert_eq!(out, 10, "nothing after the wrong one is handed on");
        }
    }
}
