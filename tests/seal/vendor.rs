//! Seals and seal signatures built octet by octet, the way vendors write them, and wrong ones.

use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::{SigningCertificate, SigningKey, Time, ToSign, oid};
use yinxin_seal::es::SealSignature;
use yinxin_seal::report::SignatureReport;

use crate::world::{PIXEL, World, digest, report};

/// How a vendor writes a seal and a seal signature.
#[derive(Clone)]
pub struct Vendor {
    pub version: u64,
    /// The version TBS_Sign states.
    pub stated: u64,
    /// The maker signs by the other version's rule.
    pub other_form: bool,
    /// Signature values as r‖s.
    pub raw: bool,
    /// How extDatas of the seal are written; none where `None`.
    pub seal_extensions: Option<Tagged>,
    /// `timeInfo` of a v1 signature.
    pub old_time: Vec<u8>,
    /// Tag and text of a seal's dates.
    pub dates: (Tag, [String; 3]),
    /// `timeInfo` of a v4 signature.
    pub time: String,
    /// certListType and list.
    pub list: Option<(u64, Vec<u8>)>,
    pub id: String,
    pub kind: u64,
    pub size: (u64, u64),
    pub picture: (&'static str, Vec<u8>),
    /// Lengths in the long form with a leading zero.
    pub long_lengths: bool,
    /// `propertyInfo`.
    pub property: String,
    /// The protected digest.
    pub data_hash: Vec<u8>,
    /// The seal is made with the signer's own certificate and key.
    pub self_made: bool,
    /// One bit of the maker's signature value is turned before it is used.
    pub spoilt_seal: bool,
}

#[derive(Clone, Copy)]
pub enum Tagged {
    Bare,
    Explicit,
    Critical,
}

impl Vendor {
    pub fn v4(world: &World) -> Self {
        let digits = |time: Time| -> String {
            let text = time.to_string();
            text.chars().filter(char::is_ascii_digit).chain(['Z']).collect()
        };
        let until = world.signer().validity().not_after;
        Self {
            version: 4,
            stated: 4,
            other_form: false,
            raw: false,
            seal_extensions: None,
            old_time: Vec::new(),
            dates: (Tag::GENERALIZED_TIME, [digits(world.now), digits(world.now), digits(until)]),
            time: digits(world.now),
            list: None,
            id: "37030000001721".into(),
            kind: 1,
            size: (40, 40),
            picture: ("PNG", PIXEL.to_vec()),
            long_lengths: false,
            property: "/Doc_0/Signs/Sign_0/Signature.xml".into(),
            data_hash: digest().as_ref().to_vec(),
            self_made: false,
            spoilt_seal: false,
        }
    }

    pub fn v1(world: &World) -> Self {
        let mut vendor = Self::v4(world);
        (vendor.version, vendor.stated) = (1, 1);
        let short = |text: &String| text[2..].to_owned();
        let dates = vendor.dates.1.each_ref().map(short);
        vendor.old_time = element(Tag::UTC_TIME, short(&vendor.time).as_bytes());
        vendor.dates = (Tag::UTC_TIME, dates);
        vendor
    }

    pub fn seal(&self, world: &mut World) -> Vec<u8> {
        let signer = world.signer().as_der().to_vec();
        let maker_certificate = if self.self_made {
            world.signer().into_certificate()
        } else {
            world.maker().certificate().clone()
        };
        let maker = maker_certificate.as_der().to_vec();
        let info = self.sequence(|w| {
            w.raw(&self.sequence(|w| {
                w.tlv(Tag::IA5_STRING, b"ES");
                w.uint(self.version);
                w.tlv(Tag::IA5_STRING, b"vendor");
            }));
            w.tlv(Tag::IA5_STRING, self.id.as_bytes());
            w.raw(&self.sequence(|w| {
                w.uint(self.kind);
                w.utf8_string("甲公司");
                let list = element(Tag::SEQUENCE, &element(Tag::OCTET_STRING, &signer));
                let (kind, list) = self.list.clone().unwrap_or((1, list));
                if self.version != 1 {
                    w.uint(kind);
                }
                w.raw(&list);
                for date in &self.dates.1 {
                    w.tlv(self.dates.0, date.as_bytes());
                }
            }));
            w.raw(&self.sequence(|w| {
                w.tlv(Tag::IA5_STRING, self.picture.0.as_bytes());
                w.octet_string(&self.picture.1);
                w.uint(self.size.0);
                w.uint(self.size.1);
            }));
            let list = |critical: Option<u8>| {
                element(
                    Tag::SEQUENCE,
                    &Writer::build(|w| {
                        w.sequence(|w| {
                            w.oid(&oid::COMMON_NAME);
                            if let Some(octet) = critical {
                                w.tlv(Tag::BOOLEAN, &[octet]);
                            }
                            w.octet_string(b"x");
                        });
                    }),
                )
            };
            match self.seal_extensions {
                None => {}
                Some(Tagged::Bare) => w.raw(&list(Some(0))),
                Some(Tagged::Explicit) => w.raw(&element(Tag::explicit(0), &list(None))),
                Some(Tagged::Critical) => w.raw(&list(Some(1))),
            }
        });
        let old_form = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&info);
                w.octet_string(&maker);
                w.oid(&oid::SM2_WITH_SM3);
            });
        });
        let old_rule = (self.version == 1) != self.other_form;
        let signed = if old_rule { &old_form } else { &info };
        let to_sign = ToSign::message(maker_certificate.public_key(), signed).unwrap();
        let answer =
            if self.self_made { world.answer(&to_sign) } else { world.maker_answer(&to_sign) };
        let mut value = self.value(&to_sign, &answer);
        if self.spoilt_seal {
            *value.last_mut().unwrap() ^= 1;
        }
        let signing = |w: &mut Writer| {
            w.octet_string(&maker);
            w.oid(&oid::SM2_WITH_SM3);
            w.bit_string(&value);
        };
        self.sequence(|w| {
            w.raw(&info);
            if self.version == 1 { w.sequence(signing) } else { signing(w) }
        })
    }

    pub fn signature(&self, world: &mut World) -> Vec<u8> {
        let signer = world.signer();
        self.signature_by(world, &signer, None)
    }

    pub fn signature_by(
        &self,
        world: &mut World,
        signer: &SigningCertificate,
        key: Option<&SigningKey>,
    ) -> Vec<u8> {
        let seal = self.seal(world);
        let tbs = self.sequence(|w| {
            w.uint(self.stated);
            w.raw(&seal);
            if self.version == 1 {
                w.bit_string(&self.old_time);
            } else {
                w.tlv(Tag::GENERALIZED_TIME, self.time.as_bytes());
            }
            w.bit_string(&self.data_hash);
            w.tlv(Tag::IA5_STRING, self.property.as_bytes());
            if self.version == 1 {
                w.octet_string(signer.as_der());
                w.oid(&oid::SM2_WITH_SM3);
            }
        });
        let to_sign = ToSign::message(signer.public_key(), &tbs).unwrap();
        let answer = match key {
            Some(key) => world.answer_by(key, &to_sign),
            None => world.answer(&to_sign),
        };
        let value = self.value(&to_sign, &answer);
        self.sequence(|w| {
            w.raw(&tbs);
            if self.version != 1 {
                w.octet_string(signer.as_der());
                w.oid(&oid::SM2_WITH_SM3);
            }
            w.bit_string(&value);
        })
    }

    fn value(&self, to_sign: &ToSign, answer: &[u8]) -> Vec<u8> {
        let der = to_sign.finish(answer).unwrap().into_vec();
        if !self.raw {
            return der;
        }
        let mut outer = yinxin_pki::der::Reader::new(&der);
        let mut pair = outer.sequence().unwrap();
        let mut raw = Vec::new();
        for _ in 0..2 {
            let number = pair.unsigned().unwrap();
            raw.extend(vec![0; 32 - number.len()]);
            raw.extend_from_slice(number);
        }
        raw
    }

    fn sequence(&self, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let content = Writer::build(write);
        if !self.long_lengths {
            return element(Tag::SEQUENCE, &content);
        }
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x85, 0], &length[..], &content].concat()
    }

    pub fn judge(&self, world: &mut World) -> (SealSignature, SignatureReport) {
        let der = self.signature(world);
        let signature = SealSignature::from_der(&der).unwrap();
        let report = report(&signature, world, world.now.plus(60));
        (signature, report)
    }
}

pub fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
    Writer::build(|w| w.tlv(tag, content))
}
