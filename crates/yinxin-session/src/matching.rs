//! Number matching (数字核对): two digits that the page shows and the person enters, so that the
//! page before the person is the one of this session.

use yinxin_pki::Digest;

use crate::channel::Sid;
use crate::label::{Field, Label, Suite};
use crate::secret::secret;

secret! {
    /// 32 random bytes that the phone sends in its hello; both sides make the number of them.
    pub struct MatchSecret(32);
}

impl MatchSecret {
    /// The number, 0 to 99: HMAC(m, "yinxin-match-1" ‖ 00 ‖ sid ‖ requestDigest), its first 8
    /// octets modulo 100.
    #[must_use]
    pub fn number(&self, suite: Suite, sid: Sid, request: &Digest) -> u8 {
        let fields = [Field::Fixed(&sid.0), Field::Fixed(request.as_ref())];
        let mac = suite.hmac(&self.0, Label::Match, &fields);
        let first = mac.first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets));
        u8::try_from(first % 100).unwrap_or(0)
    }

    /// Three different numbers to pick from, the right one among them, in an order that the
    /// secret fixes: for logins.
    #[must_use]
    pub fn choices(&self, suite: Suite, sid: Sid, request: &Digest) -> [u8; 3] {
        let fields = [Field::Fixed(&sid.0), Field::Fixed(request.as_ref())];
        let mac = suite.hmac(&self.0, Label::Match, &fields);
        let octet = |at: usize| mac.get(at).copied().unwrap_or(0);
        let right = self.number(suite, sid, request);
        let one = (right + 1 + octet(8) % 99) % 100;
        // The second is neither the right one nor the first: 98 are left.
        let mut two = (right + 1 + octet(9) % 98) % 100;
        if (two + 100 - right) % 100 >= (one + 100 - right) % 100 {
            two = (two + 1) % 100;
        }
        match octet(10) % 3 {
            0 => [right, one, two],
            1 => [one, right, two],
            _ => [two, one, right],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn hub_swaps_hello_and_the_numbers_differ_in_97_of_100_runs() {
        let request = Suite::Sm.digest().digest(b"request");
        let mut rng = Seeded(3);
        for suite in Suite::ALL {
            let equal = (0..1000)
                .filter(|_| {
                    let (own, hubs) =
                        (MatchSecret::random(&mut rng), MatchSecret::random(&mut rng));
                    let number = |m: &MatchSecret| m.number(suite, Sid([1; 16]), &request);
                    number(&own) == number(&hubs)
                })
                .count();
            assert!(equal <= 30, "{equal} of 1000");
        }
    }

    #[test]
    fn three_choices_differ_and_hold_the_right_one_anywhere() {
        let request = Suite::Sm.digest().digest(b"request");
        let mut rng = Seeded(4);
        let mut places = [0; 3];
        for _ in 0..3000 {
            let secret = MatchSecret::random(&mut rng);
            let right = secret.number(Suite::Sm, Sid([1; 16]), &request);
            let choices = secret.choices(Suite::Sm, Sid([1; 16]), &request);
            let [a, b, c] = choices;
            assert!(a != b && b != c && a != c && choices.iter().all(|n| *n < 100), "{choices:?}");
            places[choices.iter().position(|n| *n == right).unwrap()] += 1;
        }
        assert!(places.iter().all(|count| *count > 800), "{places:?}");
    }
}
