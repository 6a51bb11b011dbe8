//! Files whose lists of recipients were exchanged by somebody who has the content keys: every mac
//! is right, and who can open is not what the header says.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sm3::Sm3;
use yinxin::bid::read_head;
use yinxin_pki::der::{Reader, Tag, Writer};
use yinxin_pki::envelope::{Recovery, Suite};
use yinxin_pki::{Curve, DecryptionKey};
use yinxin_tests::folder::Folder;

use super::{key, make, they_open, we_open};

/// The lists, taken apart: RecipientInfo by RecipientInfo.
#[derive(Clone)]
struct Lists {
    keys: Vec<Vec<Vec<u8>>>,
    recovery: Option<(u64, Vec<Vec<Vec<u8>>>)>,
}

fn sets(reader: &mut Reader<'_>) -> Vec<Vec<Vec<u8>>> {
    let mut list = reader.sequence().unwrap();
    let mut sets = Vec::new();
    while !list.is_empty() {
        let mut set = list.set().unwrap();
        let mut infos = Vec::new();
        while !set.is_empty() {
            infos.push(set.any().unwrap().raw.to_vec());
        }
        sets.push(infos);
    }
    sets
}

/// A file's header and lists, and where its macs begin.
fn parts(file: &[u8]) -> (&[u8], Lists, usize) {
    let part = |at: usize| {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        &file[at + 4..at + 4 + usize::try_from(length).unwrap()]
    };
    let header = part(8);
    let lists = part(12 + header.len());
    let mut fields = Reader::new(lists).sequence().unwrap();
    let keys = sets(&mut fields);
    let recovery = fields.optional_explicit(0).unwrap().map(|mut explicit| {
        let mut inner = explicit.sequence().unwrap();
        (inner.uint().unwrap(), sets(&mut inner))
    });
    (header, Lists { keys, recovery }, 16 + header.len() + lists.len())
}

impl Lists {
    fn to_der(&self) -> Vec<u8> {
        let write = |w: &mut Writer, sets: &[Vec<Vec<u8>>]| {
            w.sequence(|w| sets.iter().for_each(|set| w.set_of(Tag::SET, set.clone())));
        };
        Writer::build(|w| {
            w.sequence(|w| {
                write(w, &self.keys);
                if let Some((threshold, shares)) = &self.recovery {
                    w.explicit(0, |w| {
                        w.sequence(|w| {
                            w.uint(*threshold);
                            write(w, shares);
                        });
                    });
                }
            });
        })
    }

    /// The same for every key.
    fn each(mut self, change: impl Fn(&mut Vec<Vec<u8>>)) -> Self {
        self.keys.iter_mut().for_each(change);
        self
    }

    fn officers(mut self, change: impl Fn(&mut Vec<Vec<Vec<u8>>>)) -> Self {
        self.recovery.iter_mut().for_each(|(_, shares)| change(shares));
        self
    }
}

/// Puts other lists into a file, with right macs: `key` is a recipient's, and opens every one.
fn with_lists(file: &[u8], lists: &Lists, key: &DecryptionKey) -> Vec<u8> {
    let (header, old, macs) = parts(file);
    let mut source = file;
    let opened = read_head(&mut source).unwrap();
    let lists = lists.to_der();
    let sized = |part: &[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes(), part].concat();
    let mut bent = [&file[..8], &sized(header), &sized(&lists)].concat();
    for index in 0..old.keys.len() {
        let info = opened.envelope().info_for(index, &key.public().id()).unwrap();
        let bound = key.unwrap(&info.to_unwrap()[0]).unwrap();
        let mut mac = Hmac::<Sm3>::new_from_slice(&bound[..16]).unwrap();
        for part in [&b"yinxin-head-1\0"[..], &sized(header), &sized(&lists)] {
            mac.update(part);
        }
        bent.extend_from_slice(&mac.finalize().into_bytes());
    }
    bent.extend_from_slice(&file[macs + 32 * old.keys.len()..]);
    bent
}

/// Replaces the one occurrence of some octets; the lengths around stay.
fn exchange(info: &mut [u8], from: &[u8], to: &[u8]) {
    let at = info.windows(from.len()).position(|window| window == from).unwrap();
    info[at..at + from.len()].copy_from_slice(to);
}

/// Every forgery is refused by both readers, and the same lists put back are taken.
pub(super) fn forged() {
    let (bidder, spy) = (key(Curve::Sm2), key(Curve::Sm2));
    let officers = [key(Curve::Sm2), key(Curve::Sm2), key(Curve::P256)];
    let publics = officers.iter().map(|officer| officer.public().clone()).collect();
    let recovery = Recovery::new(2, publics).unwrap();
    let file = make(Suite::Sm, &[&bidder], None, Some(&recovery), &[100, 200]).file;
    let with_spy = make(Suite::Sm, &[&bidder, &spy], None, None, &[100, 200]).file;
    let (_, own, _) = parts(&file);
    let (_, both, _) = parts(&with_spy);
    // The infos for the spy alone, one for each key.
    let spies = |index: usize| {
        let id = &spy.public().id().0;
        let mut infos = both.keys[index].iter();
        infos.find(|info| info.windows(20).any(|window| window == id)).unwrap().clone()
    };
    let hidden = |keys: &[usize]| {
        let mut lists = own.clone();
        keys.iter().for_each(|&index| lists.keys[index].push(spies(index)));
        with_lists(&file, &lists, &bidder)
    };
    let bent = |lists: Lists| with_lists(&file, &lists, &bidder);
    let shorter = |index: usize| {
        let mut lists = both.clone();
        lists.keys[index].retain(|info| *info != spies(index));
        with_lists(&with_spy, &lists, &bidder)
    };
    let null = |set: &mut Vec<Vec<u8>>| exchange(&mut set[0], &[5, 0, 4, 0x81], &[4, 0, 4, 0x81]);
    let files = [
        ("a hidden recipient of every key", hidden(&[0, 1, 2])),
        ("a hidden recipient of the price", hidden(&[1])),
        ("a hidden recipient of the canary", hidden(&[2])),
        ("a recipient who does not get the price", shorter(1)),
        ("a recipient who gets the canary only by name", shorter(2)),
        ("the recipient twice", bent(own.clone().each(|set| set.push(set[0].clone())))),
        (
            "another version",
            bent(own.clone().each(|set| exchange(&mut set[0], &[2, 1, 2], &[2, 1, 0]))),
        ),
        ("no parameters of SM2", bent(own.clone().each(null))),
        ("an officer twice", bent(own.clone().officers(|shares| shares[1] = shares[0].clone()))),
        ("two officers in one share", {
            bent(own.clone().officers(|shares| {
                let more = shares.pop().unwrap();
                shares[0].extend(more);
            }))
        }),
        ("an officer without a share", bent(own.clone().officers(|shares| shares.push(vec![])))),
        ("a share that opens alone", {
            let mut lists = own.clone();
            lists.recovery.iter_mut().for_each(|(threshold, _)| *threshold = 1);
            bent(lists)
        }),
        ("more shares needed than there are", {
            let mut lists = own.clone();
            lists.recovery.iter_mut().for_each(|(threshold, _)| *threshold = 4);
            bent(lists)
        }),
    ];

    let folder = Folder::new("lists");
    let same = bent(own.clone());
    assert_eq!(same, file, "the forger's macs are right");
    we_open(&same, &[&bidder]).unwrap();
    they_open(&folder, &same, &[&bidder], None).unwrap();
    let mut taken = Vec::new();
    for (what, file) in &files {
        match we_open(file, &[&bidder]) {
            Ok(_) => taken.push(format!("we take {what}")),
            Err(error) => assert!(error.refusal().is_some(), "{what}: {error}"),
        }
        match they_open(&folder, file, &[&bidder], None) {
            Ok(_) => taken.push(format!("the second reader takes {what}")),
            Err(words) => assert!(!words.contains("panic"), "{what}: {words}"),
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    println!("{} files with other recipients than said refused by both readers", files.len());
}
