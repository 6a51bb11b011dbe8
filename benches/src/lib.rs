//! Measures several ways to do one thing, in one process and by turns.
//!
//! A round runs every contender, in rotating order, for seven slices of 40 ms each and keeps the
//! fastest slice: the minimum is stable on a shared machine. A round whose clock test differs
//! before and after by more than 5 % is thrown away; where too few quiet rounds come, the noisy
//! ones are used and the line says so. The ratio is the median over the rounds of
//! peer's time by ours, so that more than 1 means we are faster.

use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const SLICES: usize = 7;
const SLICE: Duration = Duration::from_millis(40);

/// One way to do the thing.
pub struct Contender<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A contender; the first of a race is ours.
pub fn contender<'a>(name: &'static str, run: impl FnMut() + 'a) -> Contender<'a> {
    Contender { name, run: Box::new(run) }
}

/// Runs them by turns and prints ours, each peer and the ratio. `bytes` is what one run works
/// through, for the speed; 0 for operations that are counted instead.
pub fn race(what: &str, bytes: u64, mut contenders: Vec<Contender<'_>>) {
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    for contender in &mut contenders {
        (contender.run)();
    }
    let mut noisy: Vec<Vec<f64>> = Vec::new();
    while rounds.len() < ROUNDS && noisy.len() < ROUNDS {
        let before = clock_test();
        let mut times = vec![0.0; contenders.len()];
        for turn in 0..contenders.len() {
            let chosen = (turn + rounds.len()) % contenders.len();
            times[chosen] = fastest_slice(&mut contenders[chosen].run);
        }
        let after = clock_test();
        if (before / after - 1.0).abs() > 0.05 {
            noisy.push(times);
        } else {
            rounds.push(times);
        }
    }
    let quiet = rounds.len() >= ROUNDS.div_ceil(2);
    if !quiet {
        rounds.append(&mut noisy);
    }
    let remark = if quiet { "" } else { "  (noisy: the machine has other work)" };
    for (index, contender) in contenders.iter().enumerate() {
        let time = median(rounds.iter().map(|times| times[index]));
        let speed = if bytes == 0 {
            format!("{:>11.1} µs", time / 1e3)
        } else {
            format!("{:>9.1} MB/s", bytes as f64 / time * 1e3)
        };
        let ratio = if index == 0 {
            "      -".to_owned()
        } else {
            format!("{:>6.2}x", median(rounds.iter().map(|times| times[index] / times[0])))
        };
        let shown = if index == 0 { what } else { "" };
        println!("{shown:<34} {:<34} {speed:>16} {ratio}{remark}", contender.name);
    }
}

/// Nanoseconds for one run in the fastest of several slices.
fn fastest_slice(run: &mut dyn FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    // What alone takes longer than a slice is run three times, not seven.
    let mut slices = SLICES;
    let mut slice = 0;
    while slice < slices {
        let started = Instant::now();
        let mut count = 0_u32;
        while started.elapsed() < SLICE {
            run();
            count += 1;
        }
        if count == 1 {
            slices = 3;
        }
        best = best.min(started.elapsed().as_nanos() as f64 / f64::from(count));
        slice += 1;
    }
    best
}

/// Microseconds of the fastest of so many runs: stable on a machine that has other work.
pub fn fastest_of(runs: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..runs).map(|_| {
        let started = Instant::now();
        run();
        started.elapsed().as_secs_f64() * 1e6
    });
    times.fold(f64::INFINITY, f64::min)
}

/// The time of a fixed chain of dependent steps: how fast this core is at the moment.
fn clock_test() -> f64 {
    let best = (0..3).map(|_| {
        let started = Instant::now();
        let mut value = black_box(1_u64);
        for _ in 0..20_000_000 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        }
        black_box(value);
        started.elapsed().as_nanos() as f64
    });
    best.fold(f64::INFINITY, f64::min)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
