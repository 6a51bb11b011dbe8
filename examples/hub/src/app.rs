//! What all calls share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use tokio::sync::{Notify, Semaphore, watch};
use yinxin_session::Code;
use yinxin_session::channel::Sid;
use yinxin_session::hub::{Hub, Output};
use yinxin_session::wire::REMEMBERED;

use crate::options::Options;
use crate::registry::{Published, Publisher, Registry};
use crate::serve::Failure;
use crate::store::Store;

/// Live event streams of one node.
const STREAMS: usize = 2000;

/// Calls whose nonces are remembered at once: 1 000 a second for ten minutes.
const NONCES: usize = 600_000;

/// The server's state.
#[derive(Debug)]
pub(crate) struct App {
    hub: Mutex<Hub<Store>>,
    registry: Mutex<Registry>,
    publisher: Publisher,
    published: Mutex<Published>,
    waiters: Mutex<HashMap<[u8; 16], Arc<Notify>>>,
    nonces: Mutex<Nonces>,
    /// Room for event streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Becomes true when the server is to end.
    pub(crate) ending: watch::Receiver<bool>,
    /// Whether a proxy tells the callers' addresses.
    pub(crate) behind_proxy: bool,
    /// Origins of phones that run in browsers.
    pub(crate) phone_origins: Vec<String>,
}

impl App {
    pub(crate) fn new(
        hub: Hub<Store>,
        registry: Registry,
        publisher: Publisher,
        published: Published,
        ending: watch::Receiver<bool>,
        options: &Options,
    ) -> Self {
        Self {
            hub: Mutex::new(hub),
            registry: Mutex::new(registry),
            publisher,
            published: Mutex::new(published),
            waiters: Mutex::default(),
            nonces: Mutex::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            ending,
            behind_proxy: options.behind_proxy,
            phone_origins: options.phone_origins.clone(),
        }
    }

    /// Works on the hub, then wakes who waits for what changed.
    pub(crate) fn with_hub<T>(&self, work: impl FnOnce(&mut Hub<Store>) -> T) -> T {
        let mut hub = lock(&self.hub);
        let done = work(&mut hub);
        let mut changed = Vec::new();
        while let Some(output) = hub.poll_output() {
            match output {
                Output::Changed { sid, .. } => changed.push(sid),
                Output::Ended(usage) => println!(
                    "usage platform={} scene={} outcome={} created={} scanned={} ended={}",
                    usage.platform,
                    usage.scene.name(),
                    usage.outcome.name(),
                    usage.created_at,
                    usage.scanned_at.map_or_else(|| String::from("-"), |at| at.to_string()),
                    usage.ended_at
                ),
                _ => {}
            }
        }
        drop(hub);
        for sid in changed {
            self.wake(sid);
        }
        done
    }

    /// Works on the registry.
    pub(crate) fn with_registry<T>(&self, work: impl FnOnce(&Registry) -> T) -> T {
        work(&lock(&self.registry))
    }

    /// The trust list as it is published.
    pub(crate) fn published(&self) -> Published {
        lock(&self.published).clone()
    }

    /// What tells of changes of a session.
    pub(crate) fn waiter(&self, sid: Sid) -> Arc<Notify> {
        lock(&self.waiters).entry(sid.0).or_default().clone()
    }

    fn wake(&self, sid: Sid) {
        let mut waiters = lock(&self.waiters);
        if let Some(waiter) = waiters.get(&sid.0) {
            waiter.notify_waiters();
        }
        // Whoever stopped waiting left its entry behind.
        if waiters.len() > 4 * STREAMS {
            waiters.retain(|_, waiter| Arc::strong_count(waiter) > 1);
        }
    }

    /// Refuses a platform's call that was made before.
    ///
    /// # Errors
    ///
    /// [`Code::RequestReplayed`]; [`Code::RateLimited`] where more calls come than are remembered.
    pub(crate) fn new_nonce(&self, platform: &str, nonce: [u8; 16], now: u64) -> Result<(), Code> {
        lock(&self.nonces).take((platform.into(), nonce), now)
    }

    /// Does what time asks for: the hub's timers, a registry that changed, a list that grows old.
    pub(crate) fn tick(&self, look_at_registry: bool) {
        let now = now();
        let done = self.with_hub(|hub| {
            hub.store_mut().tidy(now);
            hub.handle_timeout(now, &mut random())
        });
        if let Err(refused) = done {
            eprintln!("yinxin-hub: timers: {refused}");
        }
        if !look_at_registry {
            return;
        }
        let again = lock(&self.registry).again();
        match again {
            Some(Ok(registry)) => {
                *lock(&self.registry) = registry;
                self.publish_or_say(now);
                let suspended: Vec<String> =
                    self.with_registry(|registry| registry.suspended().map(Into::into).collect());
                for platform in suspended {
                    if let Err(refused) = self.with_hub(|hub| hub.suspend(&platform, now)) {
                        eprintln!("yinxin-hub: suspend {platform}: {refused}");
                    }
                }
            }
            Some(Err(failure)) => {
                lock(&self.registry).skip_change();
                eprintln!("yinxin-hub: the registry stays as it was: {failure}");
            }
            None if now >= self.published().renew_at => self.publish_or_say(now),
            None => {}
        }
    }

    fn publish_or_say(&self, now: u64) {
        if let Err(failure) = self.publish(now) {
            eprintln!("yinxin-hub: the trust list stays as it was: {failure}");
        }
    }

    fn publish(&self, now: u64) -> Result<(), Failure> {
        let (host, certificate) =
            self.with_hub(|hub| (hub.host().to_owned(), hub.certificate().clone()));
        let last = self.published().number;
        let list = self.with_registry(|registry| {
            self.publisher.publish(registry, &host, &certificate, last, now, &mut random())
        })?;
        let number = list.number;
        *lock(&self.published) = list;
        self.with_hub(|hub| hub.set_list_number(number));
        Ok(())
    }
}

/// Nonces of platforms' calls, in the order they came.
#[derive(Debug, Default)]
struct Nonces {
    seen: std::collections::HashSet<(String, [u8; 16])>,
    order: VecDeque<(u64, (String, [u8; 16]))>,
}

impl Nonces {
    fn take(&mut self, nonce: (String, [u8; 16]), now: u64) -> Result<(), Code> {
        while let Some((at, _)) = self.order.front()
            && *at + REMEMBERED < now
        {
            if let Some((_, old)) = self.order.pop_front() {
                self.seen.remove(&old);
            }
        }
        if self.order.len() >= NONCES {
            return Err(Code::RateLimited);
        }
        if !self.seen.insert(nonce.clone()) {
            return Err(Code::RequestReplayed);
        }
        self.order.push_back((now, nonce));
        Ok(())
    }
}

/// A thread that panicked held no half-made change: the machine commits at once or not at all.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The present, seconds since 1970, UTC.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// The system's random source; that it gives something is tried at the start.
pub(crate) fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Eight hex digits by which an operator finds a line in the log.
pub(crate) fn reference() -> String {
    format!("{:08x}", random().next_u32())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_taken_once_in_ten_minutes() {
        let mut nonces = Nonces::default();
        let mut take =
            |platform: &str, nonce: u8, now| nonces.take((platform.into(), [nonce; 16]), now);
        assert_eq!(take("P-1", 1, 1000), Ok(()));
        assert_eq!(take("P-1", 1, 1000), Err(Code::RequestReplayed));
        assert_eq!(take("P-2", 1, 1000), Ok(()), "another platform's");
        assert_eq!(take("P-1", 1, 1600), Err(Code::RequestReplayed));
        assert_eq!(take("P-1", 1, 1601), Ok(()), "its time is outside the window by now");
    }
}
