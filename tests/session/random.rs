//! Random runs of all roles with a hostile relay between them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use yinxin_session::Suite;
use yinxin_tests::big::long_or;

use crate::world::moves::{Move, play, shrink};

fn suite(seed: u64) -> Suite {
    Suite::ALL[usize::from(seed.is_multiple_of(4))]
}

/// Plays runs `from..to`; gives how many sessions were answered, accepted, and how many of all runs
/// had one.
fn runs(from: u64, to: u64) -> [u64; 3] {
    let counts = [const { AtomicU64::new(0) }; 3];
    let next = AtomicU64::new(from);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to {
                        break;
                    }
                    let moves = Move::schedule(seed);
                    let run = std::panic::catch_unwind(|| play(suite(seed), seed, &moves));
                    let went = run.map(|world| {
                        let ghost = &world.ghost;
                        let once = u64::from(!ghost.accepted.is_empty());
                        let released = u64::try_from(ghost.released.len()).unwrap();
                        let accepted = u64::try_from(ghost.accepted.len()).unwrap();
                        for (count, more) in counts.iter().zip([released, accepted, once]) {
                            count.fetch_add(more, Ordering::Relaxed);
                        }
                        ghost.wrong.clone()
                    });
                    if !matches!(&went, Ok(wrong) if wrong.is_empty()) {
                        let shortest = shrink(suite(seed), seed, &moves);
                        panic!("seed {seed}, {:?}: {went:?}\n{shortest:?}", suite(seed));
                    }
                }
            });
        }
    });
    counts.map(AtomicU64::into_inner)
}

/// 5 000 runs, 100 000 at night.
#[test]
fn no_run_with_a_hostile_relay_breaks_an_invariant() {
    let count = long_or(100_000, 5_000);
    let started = Instant::now();
    let [released, accepted, runs] = runs(0, count);
    println!(
        "{count} runs in {:.0} s: {released} answers let out, {accepted} accepted, in {runs} runs",
        started.elapsed().as_secs_f32()
    );
    // Runs that get nowhere would prove nothing.
    assert!(runs * 4 > count, "{runs}");
}
