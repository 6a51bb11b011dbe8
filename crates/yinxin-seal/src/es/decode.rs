//! From bytes to a seal or a seal signature, whatever version.

use yinxin_pki::Error;
use yinxin_pki::der::{Tag, Tlv};

use super::element::{Elements, is_der};
use super::moment::{self, Moment, Year};
use super::signature::{SealSignature, SignedTime};
use super::{CertificateDigest, Deviation, Extension, Holders, Picture, Reading, Seal, Version};
use crate::SealError;
use crate::placement::Millimetres;

/// Holders, extensions: a seal has a handful.
const MAX_ITEMS: usize = 1024;

pub(super) fn seal_file(der: &[u8], reading: Reading) -> Result<Seal, SealError> {
    let mut elements = begin(der)?;
    let mut deviations = Vec::new();
    let tlv = elements.any()?;
    end(&elements, reading, &mut deviations)?;
    let mut seal = seal(&elements, &tlv)?;
    seal.deviations.append(&mut deviations);
    Ok(seal)
}

pub(super) fn signature_file(der: &[u8], reading: Reading) -> Result<SealSignature, SealError> {
    let mut elements = begin(der)?;
    let mut deviations = Vec::new();
    let tlv = elements.any()?;
    end(&elements, reading, &mut deviations)?;
    signature(&elements, &tlv, deviations)
}

fn begin(der: &[u8]) -> Result<Elements<'_>, SealError> {
    if der.len() > Seal::MAX_LEN {
        let limit = u64::try_from(Seal::MAX_LEN).unwrap_or(u64::MAX);
        return Err(Error::Limit { at: 0, what: "seal in bytes", limit }.into());
    }
    Ok(Elements::new(der))
}

fn end(
    elements: &Elements<'_>,
    reading: Reading,
    deviations: &mut Vec<Deviation>,
) -> Result<(), SealError> {
    match (elements.rest().len(), reading) {
        (0, _) => Ok(()),
        (count, Reading::TrailingBytes) => {
            deviations.push(Deviation::TrailingBytes { count });
            Ok(())
        }
        (_, Reading::Strict) => {
            let at = elements.position();
            Err(Error::Malformed { at, expected: "end of the structure" }.into())
        }
    }
}

fn unknown(tags: &[Tag]) -> SealError {
    SealError::UnknownStructure { tags: tags.iter().map(|tag| tag.0).collect() }
}

fn note(deviations: &mut Vec<Deviation>, deviation: Deviation) {
    if !deviations.contains(&deviation) {
        deviations.push(deviation);
    }
}

/// Reads SESeal.
fn seal(parent: &Elements<'_>, tlv: &Tlv<'_>) -> Result<Seal, SealError> {
    if tlv.tag != Tag::SEQUENCE {
        return Err(unknown(&[tlv.tag]));
    }
    let tags = parent.tags(tlv)?;
    let mut fields = parent.enter(tlv)?;
    let deviations = &mut Vec::new();
    if !is_der(tlv.raw) {
        note(deviations, Deviation::NotDer);
    }
    let version = match tags[..] {
        [Tag::SEQUENCE, Tag::SEQUENCE] => Version::V1,
        [Tag::SEQUENCE, Tag::OCTET_STRING, Tag::OID, Tag::BIT_STRING] => Version::V4,
        [Tag::SEQUENCE, Tag::OCTET_STRING, Tag::OID, Tag::BIT_STRING, Tag(0xa0)] => Version::V5,
        _ => return Err(unknown(&tags)),
    };
    let info = fields.expect(Tag::SEQUENCE)?;
    let at = info.at;
    let mut seal = seal_info(&fields, &info, version, deviations)?;
    seal.version = match (version, seal.header_version) {
        (Version::V1, 1) => Version::V1,
        // The text of GM/T 0031-2014 prints 11 as its example.
        (Version::V1, 11) => Version::V1,
        (Version::V4, 4) => Version::V4,
        (Version::V4 | Version::V5, 5) => Version::V5,
        (_, found) => return Err(SealError::SealVersion { found, at }),
    };
    let mut signing = if version == Version::V1 { fields.sequence()? } else { fields.clone() };
    seal.maker = signing.octet_string()?.to_vec();
    seal.algorithm = signing.oid()?;
    seal.signature = signing.bit_string()?.to_vec();
    seal.timestamp = timestamp(&mut signing)?;
    signing.finish()?;
    seal.der = tlv.raw.to_vec();
    seal.deviations.append(deviations);
    Ok(seal)
}

fn timestamp(fields: &mut Elements<'_>) -> Result<Option<Vec<u8>>, Error> {
    let Some(tlv) = fields.optional(Tag::explicit(0))? else { return Ok(None) };
    let mut inside = fields.enter(&tlv)?;
    let token = inside.bit_string()?.to_vec();
    inside.finish()?;
    Ok(Some(token))
}

/// Reads SES_SealInfo; what is outside of it is filled in by the caller.
fn seal_info(
    parent: &Elements<'_>,
    tlv: &Tlv<'_>,
    version: Version,
    deviations: &mut Vec<Deviation>,
) -> Result<Seal, SealError> {
    let mut fields = parent.enter(tlv)?;
    let mut header = fields.sequence()?;
    let at = header.position();
    if text(&mut header, Tag::IA5_STRING, deviations)? != "ES" {
        return Err(Error::Malformed { at, expected: "header `ES`" }.into());
    }
    let header_version = header.uint()?;
    let vendor = text(&mut header, Tag::IA5_STRING, deviations)?;
    header.finish()?;
    let id = text(&mut fields, Tag::IA5_STRING, deviations)?;

    let mut property = fields.sequence()?;
    let kind = property.uint()?;
    let name = text(&mut property, Tag::UTF8_STRING, deviations)?;
    let holders = holders(&mut property, version)?;
    let wanted = if version == Version::V1 { Tag::UTC_TIME } else { Tag::GENERALIZED_TIME };
    let mut time = || -> Result<_, Error> { time(&mut property, wanted, deviations) };
    let (created, from, until) = (time()?, time()?, time()?);
    property.finish()?;

    let mut image = fields.sequence()?;
    let picture_kind = text(&mut image, Tag::IA5_STRING, deviations)?;
    let data = image.octet_string()?.to_vec();
    let (width, height) = (length(&mut image)?, length(&mut image)?);
    image.finish()?;
    // Peers write none around SealInfo's extensions; the standard's text has `[0]` (T4).
    let extensions = extensions(&mut fields, Tag::SEQUENCE, deviations)?;
    fields.finish()?;
    Ok(Seal {
        der: Vec::new(),
        version,
        header_version,
        vendor,
        id,
        kind,
        name,
        holders,
        created,
        from,
        until,
        picture: Picture { kind: picture_kind, data, width, height },
        extensions,
        info: tlv.raw.to_vec(),
        maker: Vec::new(),
        algorithm: yinxin_pki::oid::SM2_WITH_SM3,
        signature: Vec::new(),
        timestamp: None,
        deviations: Vec::new(),
    })
}

fn text(
    fields: &mut Elements<'_>,
    expected: Tag,
    deviations: &mut Vec<Deviation>,
) -> Result<String, Error> {
    let (text, exact) = fields.text(expected)?;
    if !exact {
        note(deviations, Deviation::StringType);
    }
    Ok(text.to_owned())
}

/// Width or height in whole millimetres: no seal is larger than a metre.
fn length(fields: &mut Elements<'_>) -> Result<Millimetres, Error> {
    let at = fields.position();
    let value = fields.uint()?;
    u16::try_from(value)
        .ok()
        .filter(|length| (1..=1000).contains(length))
        .map(|length| Millimetres::whole(i32::from(length)))
        .ok_or(Error::Malformed { at, expected: "1 to 1000 millimetres" })
}

fn holders(property: &mut Elements<'_>, version: Version) -> Result<Holders, Error> {
    let at = property.position();
    let kind = if version == Version::V1 { 1 } else { property.uint()? };
    let mut list = property.sequence()?;
    let mut certificates = Vec::new();
    let mut digests = Vec::new();
    while !list.is_empty() {
        if certificates.len().max(digests.len()) >= MAX_ITEMS {
            return Err(Error::Limit { at: list.position(), what: "holders", limit: 1024 });
        }
        if kind == 1 {
            certificates.push(list.octet_string()?.to_vec());
        } else {
            let mut entry = list.sequence()?;
            let (name, _) = entry.text(Tag::PRINTABLE_STRING)?;
            let value = entry.octet_string()?.to_vec();
            entry.finish()?;
            digests.push(CertificateDigest { name: name.to_owned(), value });
        }
    }
    match kind {
        1 => Ok(Holders::Certificates(certificates)),
        2 => Ok(Holders::Digests(digests)),
        _ => Err(Error::Malformed { at, expected: "certListType 1 or 2" }),
    }
}

fn time(
    fields: &mut Elements<'_>,
    wanted: Tag,
    deviations: &mut Vec<Deviation>,
) -> Result<yinxin_pki::Time, Error> {
    let tlv = fields.any()?;
    let moment = moment_of(&tlv)
        .ok_or(Error::Malformed { at: tlv.at, expected: "a time of year, month, day, clock" })?;
    if tlv.tag != wanted || !moment.exact {
        note(deviations, Deviation::TimeForm);
    }
    Ok(moment.time)
}

fn moment_of(tlv: &Tlv<'_>) -> Option<Moment> {
    let year = match tlv.tag {
        Tag::UTC_TIME => Year::Two,
        Tag::GENERALIZED_TIME => Year::Four,
        _ => return None,
    };
    moment::read(std::str::from_utf8(tlv.value).ok()?, year)
}

/// `extDatas`, with `[0]` around it or without; `expected` is the tag peers write there.
fn extensions(
    fields: &mut Elements<'_>,
    expected: Tag,
    deviations: &mut Vec<Deviation>,
) -> Result<Vec<Extension>, Error> {
    let mut list = match fields.peek() {
        None => return Ok(Vec::new()),
        Some(Tag::SEQUENCE) => fields.sequence()?,
        Some(Tag(0xa0)) => {
            let tlv = fields.any()?;
            let mut inside = fields.enter(&tlv)?;
            let list = inside.sequence()?;
            inside.finish()?;
            if expected != Tag::explicit(0) {
                note(deviations, Deviation::ExtensionsTag);
            }
            return extension_list(list);
        }
        Some(_) => {
            return Err(Error::Malformed { at: fields.position(), expected: "ExtensionDatas" });
        }
    };
    if expected != Tag::SEQUENCE {
        note(deviations, Deviation::ExtensionsTag);
    }
    let taken = std::mem::replace(&mut list, Elements::new(&[]));
    extension_list(taken)
}

fn extension_list(mut list: Elements<'_>) -> Result<Vec<Extension>, Error> {
    let mut extensions = Vec::new();
    while !list.is_empty() {
        if extensions.len() >= MAX_ITEMS {
            return Err(Error::Limit { at: list.position(), what: "extensions", limit: 1024 });
        }
        let mut item = list.sequence()?;
        let id = item.oid()?;
        let critical = if item.peek() == Some(Tag::BOOLEAN) { item.boolean()? } else { false };
        let value = item.octet_string()?.to_vec();
        item.finish()?;
        extensions.push(Extension { id, critical, value });
    }
    Ok(extensions)
}

/// Reads SES_Signature.
fn signature(
    parent: &Elements<'_>,
    tlv: &Tlv<'_>,
    mut deviations: Vec<Deviation>,
) -> Result<SealSignature, SealError> {
    if tlv.tag != Tag::SEQUENCE {
        return Err(unknown(&[tlv.tag]));
    }
    let tags = parent.tags(tlv)?;
    let first = match tags[..] {
        [Tag::SEQUENCE, Tag::BIT_STRING] => true,
        [Tag::SEQUENCE, Tag::OCTET_STRING, Tag::OID, Tag::BIT_STRING]
        | [Tag::SEQUENCE, Tag::OCTET_STRING, Tag::OID, Tag::BIT_STRING, Tag(0xa0)] => false,
        _ => return Err(unknown(&tags)),
    };
    if !is_der(tlv.raw) {
        note(&mut deviations, Deviation::NotDer);
    }
    let mut outer = parent.enter(tlv)?;
    let tbs = outer.expect(Tag::SEQUENCE)?;
    let mut fields = outer.enter(&tbs)?;
    let stated_version = fields.uint()?;
    let seal_tlv = fields.any()?;
    let seal = seal(&fields, &seal_tlv)?;
    let shape = if first { Version::V1 } else { Version::V4 };
    if (seal.version == Version::V1) != (shape == Version::V1) {
        return Err(SealError::SealVersion { found: seal.header_version, at: seal_tlv.at });
    }
    let time = if first { old_time(&mut fields)? } else { new_time(&mut fields)? };
    if !time.exact {
        note(&mut deviations, Deviation::TimeForm);
    }
    let data_hash = fields.bit_string()?.to_vec();
    let property = text(&mut fields, Tag::IA5_STRING, &mut deviations)?;
    let old = if first { Some((fields.octet_string()?, fields.oid()?)) } else { None };
    let extensions = if first {
        Vec::new()
    } else {
        extensions(&mut fields, Tag::explicit(0), &mut deviations)?
    };
    fields.finish()?;
    let (certificate, algorithm) = match old {
        Some(pair) => pair,
        None => (outer.octet_string()?, outer.oid()?),
    };
    let value = outer.bit_string()?.to_vec();
    let timestamp = timestamp(&mut outer)?;
    outer.finish()?;
    Ok(SealSignature {
        der: tlv.raw.to_vec(),
        tbs: tbs.raw.to_vec(),
        stated_version,
        seal,
        time: time.time,
        data_hash,
        property,
        extensions,
        certificate: certificate.to_vec(),
        algorithm,
        signature: value,
        timestamp,
        deviations,
    })
}

struct ReadTime {
    time: SignedTime,
    exact: bool,
}

fn new_time(fields: &mut Elements<'_>) -> Result<ReadTime, Error> {
    let tlv = fields.any()?;
    let moment = moment_of(&tlv)
        .ok_or(Error::Malformed { at: tlv.at, expected: "timeInfo GeneralizedTime" })?;
    let exact = moment.exact && tlv.tag == Tag::GENERALIZED_TIME;
    Ok(ReadTime { time: SignedTime::Declared(moment.time), exact })
}

/// v1 `timeInfo` (T5): BIT STRING or OCTET STRING over a UTCTime element, over text, or over a
/// timestamp token; some write a time directly.
fn old_time(fields: &mut Elements<'_>) -> Result<ReadTime, Error> {
    let tlv = fields.any()?;
    let content = match (tlv.tag, tlv.value) {
        (Tag::BIT_STRING, [0, content @ ..]) => content,
        (Tag::OCTET_STRING, content) => content,
        _ => {
            let moment = moment_of(&tlv)
                .ok_or(Error::Malformed { at: tlv.at, expected: "timeInfo BIT STRING" })?;
            return Ok(ReadTime { time: SignedTime::Declared(moment.time), exact: false });
        }
    };
    let wrong = Error::Malformed { at: tlv.at, expected: "a time or a timestamp token" };
    let declared = |moment: Moment, exact| ReadTime {
        time: SignedTime::Declared(moment.time),
        exact: exact && moment.exact && tlv.tag == Tag::BIT_STRING,
    };
    if content.first() == Some(&Tag::SEQUENCE.0) {
        let exact = tlv.tag == Tag::BIT_STRING;
        return Ok(ReadTime { time: SignedTime::Token(content.to_vec()), exact });
    }
    if let Ok(inner) = Elements::new(content).any()
        && inner.raw.len() == content.len()
        && let Some(moment) = moment_of(&inner)
    {
        return Ok(declared(moment, inner.tag == Tag::UTC_TIME));
    }
    let text = std::str::from_utf8(content).map_err(|_| wrong.clone())?;
    let year = if text.len() == 13 { Year::Two } else { Year::Four };
    let moment = moment::read(text, year).ok_or(wrong)?;
    Ok(declared(moment, year == Year::Two))
}
