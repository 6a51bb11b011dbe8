//! Connections: taken, limited, and ended without losing an answer.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rand_core::TryRng as _;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_service::Service as _;
use yinxin_pki::Time;
use yinxin_session::Refused;
use yinxin_session::hub::Hub;

use crate::app::{App, now, random};
use crate::identity;
use crate::options::Options;
use crate::registry::{Publisher, Registry};
use crate::route::{self, Peer};
use crate::store::Store;

/// Connections at once.
const CONNECTIONS: usize = 10_000;

/// How long the head of a request may take.
const SLOWEST_HEAD: Duration = Duration::from_secs(10);

/// How long calls may go on after the server was told to end.
const GRACE: Duration = Duration::from_secs(20);

/// How often timers are looked at, and how many looks lie between two at the registry's file.
const TICK: Duration = Duration::from_millis(500);
const TICKS_OF_REGISTRY: u32 = 6;

/// Why the server does not run: words for its operator.
#[derive(Debug)]
pub(crate) struct Failure {
    words: String,
    path: Option<PathBuf>,
}

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), path: None }
    }

    /// The same, about a file.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", path.display(), self.words),
            None => f.write_str(&self.words),
        }
    }
}

impl From<yinxin::file::FileError> for Failure {
    fn from(error: yinxin::file::FileError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::new(refused.to_string())
    }
}

/// Says which file an error is about.
pub(crate) trait Fault<T> {
    /// The value, or the failure with its file.
    fn at(self, path: &Path) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Fault<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(error.to_string()).at(path))
    }
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
///
/// A file that is missing or wrong, an address that is taken, a host name that does not fit into
/// codes.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut probe = [0; 32];
    getrandom::SysRng
        .try_fill_bytes(&mut probe)
        .map_err(|error| Failure::new(format!("the system gives no randomness: {error}")))?;
    let started = now();
    let publisher = Publisher::read(&options.ca)?;
    let registry = Registry::read(&options.platforms)?;
    let at = Time::from_unix(i64::try_from(started).unwrap_or(i64::MAX));
    let key = identity::load(options, publisher.curve(), at, &mut random())?;
    let capacity = usize::try_from(options.sessions).unwrap_or(usize::MAX);
    let store = Store::open(capacity, options.state.as_deref(), started)?;
    let mut hub = Hub::new(&options.host, key, store)?;
    let published = publisher.publish(
        &registry,
        &options.host,
        hub.certificate(),
        0,
        started,
        &mut random(),
    )?;
    hub.set_list_number(published.number);
    if options.state.is_none() {
        eprintln!(
            "yinxin-hub: no --state: a restart forgets its key and which requests were opened"
        );
    }
    let (end, ending) = watch::channel(false);
    let app = App::new(hub, registry, publisher, published, ending, options);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(error.to_string()))?;
    runtime.block_on(serve(Arc::new(app), options, end))
}

async fn serve(app: Arc<App>, options: &Options, end: watch::Sender<bool>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", options.listen));
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    println!("yinxin-hub {} listens on http://{address}", options.host);
    let _ = std::io::stdout().flush();

    let timers = tokio::spawn(tick(app.clone()));
    let router = route::router(app);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(told_to_stop());
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(_) => {
                    // Out of descriptors, for instance: room comes when others end.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // An event waits for nothing.
        let _ = stream.set_nodelay(true);
        let service = service(router.clone(), Peer(peer));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(SLOWEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is its caller's matter.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = end.send(true);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(GRACE) => eprintln!("yinxin-hub: some calls were cut off"),
    }
    timers.abort();
    Ok(())
}

/// The router for one connection, which tells where a call comes from.
fn service(
    router: Router,
    peer: Peer,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        async move { router.call(request).await }
    })
}

async fn tick(app: Arc<App>) {
    let mut every = tokio::time::interval(TICK);
    let mut count = 0;
    loop {
        every.tick().await;
        count = (count + 1) % TICKS_OF_REGISTRY;
        app.tick(count == 0);
    }
}

/// Waits for SIGTERM, or for Ctrl-C.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
