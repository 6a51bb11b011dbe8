//! Bent forms of an envelope, cut along the lines of `docs/envelope.md`.

/// Where the parts of a file are.
struct Layout {
    /// Length prefixes and bodies of header and recipients, the macs, the canary.
    header: (usize, usize),
    recipients: (usize, usize),
    macs: (usize, usize),
    canary: usize,
    /// Start and end of each record, in order.
    records: Vec<(usize, usize)>,
}

fn number(file: &[u8], at: usize) -> usize {
    u32::from_be_bytes(file[at..at + 4].try_into().unwrap()).try_into().unwrap()
}

/// `segments` is how many the file has.
fn layout(file: &[u8], segments: usize) -> Layout {
    let header = (8, 12 + number(file, 8));
    let recipients = (header.1, header.1 + 4 + number(file, header.1));
    let macs = (recipients.1, recipients.1 + 32 * (segments + 1));
    let mut at = macs.1 + 37;
    let mut records = Vec::new();
    while at < file.len() {
        let end = at + 5 + number(file, at + 1);
        records.push((at, end));
        at = end;
    }
    assert_eq!(at, file.len());
    Layout { header, recipients, macs, canary: macs.1, records }
}

/// Bent forms of a file of two segments with 3 + 1 data records, and what was done to each;
/// `other` is a file of the same shape to the same recipients.
pub(crate) fn of(file: &[u8], other: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (own, theirs) = (layout(file, 2), layout(other, 2));
    assert_eq!((own.records.len(), theirs.records.len()), (6, 6));
    let mut bent = Vec::new();
    flips(file, &own, &mut bent);
    lengths(file, &own, &mut bent);
    truncations(file, &own, &mut bent);
    swaps(file, &own, &mut bent);
    splices(file, &own, other, &theirs, &mut bent);
    encodings(file, &own, &mut bent);
    bent
}

type Bent = Vec<(String, Vec<u8>)>;

fn flips(file: &[u8], own: &Layout, bent: &mut Bent) {
    let mut flip = |what: String, at: usize, bits: u8| {
        let mut changed = file.to_vec();
        changed[at] ^= bits;
        bent.push((what, changed));
    };
    for at in 0..8 {
        flip(format!("magic, octet {at}"), at, 1);
    }
    for (part, (from, to)) in [("header", own.header), ("recipients", own.recipients)] {
        for step in 0..16 {
            let at = from + 4 + (to - from - 5) * step / 15;
            flip(format!("{part}, octet {at}"), at, 1 << (step % 8));
        }
    }
    for mac in 0..3 {
        flip(format!("mac {mac}"), own.macs.0 + 32 * mac + 9 * mac, 0x10);
    }
    for (what, at) in [("kind", 0), ("length", 4), ("text", 5), ("tag", 36)] {
        flip(format!("canary, {what}"), own.canary + at, 1);
    }
    for (index, (from, to)) in own.records.iter().enumerate() {
        flip(format!("record {index}, kind"), *from, 1);
        flip(format!("record {index}, unknown kind"), *from, 2);
        flip(format!("record {index}, first octet"), from + 5, 0x80);
        flip(format!("record {index}, last octet"), to - 1, 1);
    }
}

fn lengths(file: &[u8], own: &Layout, bent: &mut Bent) {
    let mut fields = vec![("header".to_owned(), 8), ("recipients".to_owned(), own.recipients.0)];
    let records = own.records.iter().enumerate();
    fields.extend(records.map(|(index, (from, _))| (format!("record {index}"), from + 1)));
    for (part, at) in fields {
        let right = u32::try_from(number(file, at)).unwrap();
        for wrong in [0, right - 1, right + 1, u32::MAX] {
            let mut changed = file.to_vec();
            changed[at..at + 4].copy_from_slice(&wrong.to_be_bytes());
            bent.push((format!("{part} of {wrong} octets in place of {right}"), changed));
        }
    }
}

fn truncations(file: &[u8], own: &Layout, bent: &mut Bent) {
    let mut ends = vec![0, 1, 7, 8, 10, own.header.1 - 1, own.header.1, own.recipients.1 - 1];
    ends.extend([own.recipients.1, own.macs.1 - 1, own.macs.1, own.canary + 20]);
    for (from, to) in &own.records {
        ends.extend([*from, from + 3, to - 1]);
    }
    for end in ends {
        bent.push((format!("cut off at {end}"), file[..end].to_vec()));
    }
    let longer = |more: &[u8]| [file, more].concat();
    let (from, to) = own.records[5];
    bent.push(("one octet more".to_owned(), longer(&[0])));
    bent.push(("the last record twice".to_owned(), longer(&file[from..to])));
    bent.push(("the file twice".to_owned(), longer(file)));
}

fn swaps(file: &[u8], own: &Layout, bent: &mut Bent) {
    let head = &file[..own.records[0].0];
    let mut ordered = |what: &str, order: &[usize]| {
        let mut changed = head.to_vec();
        for &index in order {
            let (from, to) = own.records[index];
            changed.extend_from_slice(&file[from..to]);
        }
        bent.push((what.to_owned(), changed));
    };
    ordered("two chunks swapped", &[1, 0, 2, 3, 4, 5]);
    ordered("the last chunk first", &[2, 0, 1, 3, 4, 5]);
    ordered("a chunk twice", &[0, 0, 1, 2, 3, 4, 5]);
    ordered("the last chunk twice", &[0, 1, 2, 2, 3, 4, 5]);
    ordered("the first chunk missing", &[1, 2, 3, 4, 5]);
    ordered("the last chunk missing", &[0, 1, 3, 4, 5]);
    ordered("all chunks missing", &[3, 4, 5]);
    ordered("the first end missing", &[0, 1, 2, 4, 5]);
    ordered("the first end before the last chunk", &[0, 1, 3, 2, 4, 5]);
    ordered("an end twice", &[0, 1, 2, 3, 3, 4, 5]);
    ordered("ends swapped", &[0, 1, 2, 5, 4, 3]);
    ordered("segments swapped", &[4, 5, 0, 1, 2, 3]);
    ordered("a chunk in the other segment", &[0, 1, 3, 4, 2, 5]);
    ordered("the second segment missing", &[0, 1, 2, 3]);
    ordered("the first segment missing", &[4, 5]);
    ordered("the first segment twice", &[0, 1, 2, 3, 0, 1, 2, 3]);
    let mut macs = file.to_vec();
    macs[own.macs.0..own.macs.1].rotate_left(32);
    bent.push(("macs in another order".to_owned(), macs));
}

fn splices(file: &[u8], own: &Layout, other: &[u8], theirs: &Layout, bent: &mut Bent) {
    let mut splice = |what: &str, mine: (usize, usize), its: (usize, usize)| {
        let changed = [&file[..mine.0], &other[its.0..its.1], &file[mine.1..]].concat();
        bent.push((format!("{what} of another file"), changed));
    };
    splice("the header", own.header, theirs.header);
    splice("the recipients", own.recipients, theirs.recipients);
    splice("the macs", own.macs, theirs.macs);
    splice("recipients and macs", (own.recipients.0, own.macs.1), {
        (theirs.recipients.0, theirs.macs.1)
    });
    splice("the canary", (own.canary, own.canary + 37), (theirs.canary, theirs.canary + 37));
    for index in [0, 2, 3, 5] {
        splice(&format!("record {index}"), own.records[index], theirs.records[index]);
    }
    let segment = |layout: &Layout| (layout.records[0].0, layout.records[3].1);
    splice("the first segment", segment(own), segment(theirs));
    splice("the head", (0, own.records[0].0), (0, theirs.records[0].0));
}

/// The same values in other encodings than DER's.
fn encodings(file: &[u8], own: &Layout, bent: &mut Bent) {
    for (part, (from, to)) in [("header", own.header), ("recipients", own.recipients)] {
        let body = &file[from + 4..to];
        // 30 82 xx xx
        assert_eq!(body[..2], [0x30, 0x82], "{part}");
        let longer = [&[0x30, 0x83, 0], &body[2..]].concat();
        let endless = [&[0x30, 0x80], &body[4..], &[0, 0]].concat();
        let trailing = [body, &[5, 0]].concat();
        for (what, body) in [
            ("a length in more octets than needed", longer),
            ("an indefinite length", endless),
            ("something after the end", trailing),
        ] {
            let size = u32::try_from(body.len()).unwrap().to_be_bytes();
            let changed = [&file[..from], &size, &body, &file[to..]].concat();
            bent.push((format!("{part}: {what}"), changed));
        }
    }
}
