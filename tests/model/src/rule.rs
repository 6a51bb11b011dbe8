//! The table of rules: each can be left out, and says what the world is like without it.

/// Rules that are left out, as a set.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Without(u64);

impl Without {
    /// All rules hold.
    pub const NONE: Self = Self(0);

    /// The set of these rules.
    #[must_use]
    pub fn of(rules: &[Rule]) -> Self {
        Self(rules.iter().fold(0, |set, rule| set | bit(*rule)))
    }

    /// Whether a rule holds.
    #[must_use]
    pub const fn holds(self, rule: Rule) -> bool {
        self.0 & bit(rule) == 0
    }
}

const fn bit(rule: Rule) -> u64 {
    1 << rule as u64
}

/// Which model has the rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    Channel,
    Entry,
    Sessions,
}

macro_rules! rules {
    ($($name:ident, $part:ident, $words:literal $(, with $other:ident, $why:literal)?;)*) => {
        /// A rule of the protocol.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Rule {
            $($name,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Which model has it.
            #[must_use]
            pub const fn part(self) -> Part {
                match self {
                    $(Self::$name => Part::$part,)*
                }
            }

            /// What it says.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }

            /// For a rule that may be missing alone: the one that stands in for it, and why both
            /// are kept. Without both, a property breaks.
            #[must_use]
            pub const fn stands_in(self) -> Option<(Self, &'static str)> {
                match self {
                    $(Self::$name => rules!(@pair $($other, $why)?),)*
                }
            }
        }
    };
    (@pair) => { None };
    (@pair $other:ident, $why:literal) => { Some((Self::$other, $why)) };
}

rules! {
    // The hub.
    OpenOnce, Sessions, "the hub opens a request once";
    BindOnce, Sessions, "the hub binds one phone to a session";
    PhoneToken, Sessions, "the hub takes an answer from the bound phone's token only";
    PageToken, Sessions, "the hub ends a session for the page's token only";
    AnswerFirst, Sessions, "the hub keeps the first answer",
        with PhoneOnce, "a phone answers a request once; the hub does not rely on that";
    SameAgain, Sessions, "the hub takes the same octets again";
    CancelBeforeAnswer, Sessions, "nobody cancels what is answered";
    FinalStays, Sessions, "a final state stays";
    AckDigest, Sessions, "only the answer's own digest acknowledges it";
    HubDeadline, Sessions, "the hub takes no answer after its time";
    // The platform.
    PlatformType, Sessions, "the platform takes a statement's own content type only";
    PlatformDigest, Sessions, "the platform compares the request's digest";
    PlatformCookie, Sessions, "the platform takes a statement from the cookie that asked";
    PlatformSid, Sessions, "the platform takes a statement of the session that it opened";
    PlatformOnce, Sessions, "the platform takes one statement for a request";
    PlatformAccount, Sessions, "the platform compares the account with the certificate",
        with PhoneAccount, "the phone has refused already; a login has only the platform's";
    PlatformDeadline, Sessions, "the platform judges time by its own clock";
    // The phone.
    PhoneOnce, Sessions, "a phone releases nothing twice for one request";
    PhoneAccount, Sessions, "a phone answers for its own holder's account only";
    PhoneDeadline, Sessions, "a phone releases nothing after its limit";
    SameOctets, Sessions, "a phone that sends again sends the same octets";
    ViewDigest, Sessions, "a confirmation names the view that the person saw";
    ListAtRelease, Sessions, "the phone looks at the trust list again before it releases";
    TypText, Sessions, "a phone signs no text that is one of our objects";

    // Between page and phone.
    DisplayKey, Channel, "the display key is part of each envelope's key";
    ReplyKeySigned, Channel, "the platform signs the reply key";
    FreshKeys, Channel, "each session has keys of its own",
        with AadSid, "envelopes name their session as well; keys could leak with a page";
    AadSid, Channel, "an envelope is bound to its session",
        with FreshKeys, "keys are fresh; a page that kept a key would be open to its old answers";
    AadStep, Channel, "an envelope is bound to its step",
        with MessageTyp, "each message says its type too; the envelope needs no parser to refuse";
    MessageTyp, Channel, "a message says its type",
        with AadStep, "the envelope is bound to its step too";
    HelloOnce, Channel, "the page takes one hello";
    NumberMatch, Channel, "the person compares the number";
    StatementFirst, Channel, "the page uses nothing before the statement is verified";
    Transcript, Channel, "the statement binds all that went before it",
        with HelloOnce, "the first hello stays; the transcript proves it to those who were not there";
    Commitment, Channel, "the page compares each key with its commitment";
    PreparedKey, Channel, "prepared messages are sealed under the offer's own key",
        with PreparedOffer, "the offer's digest is bound too";
    PreparedOffer, Channel, "a prepared message is bound to the offer",
        with PreparedKey, "each offer has a channel key of its own";
    PreparedIndex, Channel, "a prepared message is bound to its place",
        with FileDigest, "the file at each place is compared too";
    PreparedOnce, Channel, "each place is prepared once";
    FileDigest, Channel, "the phone compares the prepared file with the request";
    Placements, Channel, "the phone compares the places of seals with the offer";

    // Who is at the other screen.
    BrowserBound, Entry, "a browser signs origin, nonce and reply key";
    KnownIsTicked, Entry, "a browser is known when the person ticks it";
    TickAfterMatch, Entry, "only a passed number lets the person tick";
    KnownClass, Entry, "a browser is known for a class of scenes";
    GrantLapses, Entry, "a new PIN or certificate forgets all browsers";
    MatchFinal, Entry, "one wrong number ends the session";
    MatchCoolDown, Entry, "three wrong numbers close unknown browsers for an hour";
    PinEach, Entry, "each release asks for the PIN";
    ShortUnknown, Entry, "behind a short code every browser is unknown";
    ShortDies, Entry, "a short code is dead at the scan and after its time";
    ShortTries, Entry, "a phone has few tries at short codes";
    ShortScene, Entry, "a short code opens no bid unless the unit allows it";
    ShortReplyKey, Entry, "behind a short code the phone compares the reply key it used";
}
