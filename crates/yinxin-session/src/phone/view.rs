//! What the person sees and is asked (确认页).

use alloc::string::String;
use alloc::vec::Vec;

use yinxin_pki::Digest;

use super::holdings::Chosen;
use crate::check::CheckedRequest;
use crate::display::Shown;
use crate::label::{Field, Label};
use crate::wire::BrowserState;
use crate::wire::http::SeenBrowser;
use crate::{Code, Scene};

/// Everything to show before the person confirms. [`digest`](Self::digest) goes back with the
/// confirmation, so that what is confirmed is what was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View {
    /// Who asks: the trust list's name, never the platform's own words.
    pub platform: String,
    /// The page's origin.
    pub origin: String,
    /// What for.
    pub scene: Scene,
    /// Field and text, in the order to show; they go to the platform as `shown`.
    pub lines: Vec<(String, String)>,
    /// What to say besides.
    pub warnings: Vec<ViewWarning>,
    /// The browser at the other end.
    pub browser: BrowserView,
    /// What the person has to give.
    pub needs: Needs,
    digest: [u8; 32],
}

/// The browser that the page runs in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrowserView {
    /// Whether the person trusted it before, for this; `None` when it showed no key, so that it
    /// cannot be trusted now either.
    pub state: BrowserState,
    /// Its kind, as the hub saw it; empty for not known. A hint only.
    pub kind: String,
    /// Where its network is, as the hub saw it; empty for not known. A hint only.
    pub city: String,
}

/// What the person has to give.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Needs {
    /// The number on the page.
    pub matching: Matching,
    /// The PIN, or what the device takes for it.
    pub pin: bool,
    /// Certificates to choose from: indices into [`Holdings::certificates`](super::Holdings).
    pub certificates: Vec<usize>,
    /// Seals to choose from, one for each file: indices into [`Holdings::seals`](super::Holdings).
    pub seals: Vec<usize>,
    /// How many seals are to be chosen.
    pub files: usize,
}

/// How the person proves to sit before this session's page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Matching {
    /// Not at all: the browser is known.
    None,
    /// Picks the page's number out of three.
    Pick([u8; 3]),
    /// Types the page's number, two digits.
    Type,
}

/// Something the person is told besides the lines.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ViewWarning {
    /// A bid stays shut, for this reason; the others are opened.
    BidShut {
        /// Its name in the request.
        id: String,
        /// Why.
        code: Code,
    },
    /// A bid's header does not say which platform it is for.
    BidUnnamed {
        /// Its name in the request.
        id: String,
    },
    /// An encryption certificate ends before bids are opened. Its key opens them all the same, as
    /// long as the phone keeps it.
    EndsBeforeOpening {
        /// Which: an index into [`Holdings::certificates`](super::Holdings).
        certificate: usize,
    },
    /// The phone's clock is off, by so many seconds (positive: fast); the hub's is used.
    ClockOff(i64),
}

/// What a view is made of.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    pub(super) request: &'a CheckedRequest,
    pub(super) shown: &'a Shown,
    pub(super) chosen: &'a Chosen,
    pub(super) state: BrowserState,
    pub(super) seen: Option<&'a SeenBrowser>,
    pub(super) matching: Matching,
    pub(super) pin: bool,
    pub(super) warnings: Vec<ViewWarning>,
    pub(super) files: usize,
}

impl View {
    pub(super) fn new(sight: Sight<'_>) -> Self {
        let request = sight.request;
        let hint = |text: &str| {
            let fits = yinxin_pki::json::is_visible(text) && text.chars().count() <= HINT;
            if fits { text.into() } else { String::new() }
        };
        let kind = sight.seen.map_or_else(String::new, |seen| hint(&seen.kind));
        let city = sight.seen.and_then(|seen| seen.city.as_deref()).map_or_else(String::new, hint);
        Self {
            platform: request.platform().name.clone(),
            origin: request.request().origin.clone(),
            scene: request.request().scene(),
            lines: sight.shown.lines().to_vec(),
            warnings: sight.warnings,
            browser: BrowserView { state: sight.state, kind, city },
            needs: Needs {
                matching: sight.matching,
                pin: sight.pin,
                certificates: sight.chosen.certificates.clone(),
                seals: sight.chosen.seals.clone(),
                files: sight.files,
            },
            digest: digest(request, sight.shown.digest()),
        }
    }

    /// Of the request and of what is shown of it.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// Longest hint about a browser, in characters.
const HINT: usize = 40;

fn digest(request: &CheckedRequest, shown: &Digest) -> [u8; 32] {
    let fields = [Field::Fixed(request.digest().as_ref()), Field::Fixed(shown.as_ref())];
    let digest = request.suite().hash(Label::View, &fields);
    digest.as_ref().try_into().unwrap_or([0; 32])
}
