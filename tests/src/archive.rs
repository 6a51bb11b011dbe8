//! ZIP files written by hand, sound and unsound.

/// One entry, every field of it free.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: Vec<u8>,
    pub data: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: u32,
    pub size: u32,
    /// Name in the local header, where it is another.
    pub local_name: Option<Vec<u8>>,
    /// Size in the local header, where it is another.
    pub local_size: Option<u32>,
    /// Bytes between this entry and the next.
    pub gap: Vec<u8>,
}

impl Entry {
    #[must_use]
    pub fn stored(name: &str, data: &[u8]) -> Self {
        let length = u32::try_from(data.len()).unwrap();
        let flags = if name.is_ascii() { 0 } else { 1 << 11 };
        Self {
            name: name.as_bytes().to_vec(),
            data: data.to_vec(),
            flags,
            method: 0,
            crc: crc32(data),
            packed: length,
            size: length,
            local_name: None,
            local_size: None,
            gap: Vec::new(),
        }
    }
}

/// Files, stored.
#[must_use]
pub fn stored(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = files.iter().map(|(name, data)| Entry::stored(name, data)).collect();
    write(&entries)
}

/// Sizes behind the data, as streaming packers write them.
#[must_use]
pub fn described(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut entries: Vec<_> = files.iter().map(|(name, data)| Entry::stored(name, data)).collect();
    for entry in &mut entries {
        entry.flags |= 1 << 3;
    }
    write(&entries)
}

/// Entries as they are.
#[must_use]
pub fn write(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = u32::try_from(out.len()).unwrap();
        let described = entry.flags & (1 << 3) != 0;
        let sizes = [entry.crc, entry.packed, entry.size];
        let local = entry.local_name.as_ref().unwrap_or(&entry.name);
        let mut local_sizes = if described { [0; 3] } else { sizes };
        if let Some(size) = entry.local_size {
            local_sizes[2] = size;
        }
        out.extend(0x0403_4b50_u32.to_le_bytes());
        out.extend(common(entry, local_sizes, local.len()));
        out.extend(local);
        out.extend(&entry.data);
        if described {
            out.extend(0x0807_4b50_u32.to_le_bytes());
            sizes.iter().for_each(|word| out.extend(word.to_le_bytes()));
        }
        out.extend(&entry.gap);
        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend(20_u16.to_le_bytes());
        directory.extend(common(entry, sizes, entry.name.len()));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let start = u32::try_from(out.len()).unwrap();
    let size = u32::try_from(directory.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap();
    out.extend(directory);
    out.extend(0x0605_4b50_u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// Data as stored blocks of the deflate format, at most 65 535 bytes each.
#[must_use]
pub fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut blocks = data.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out
}

fn common(entry: &Entry, sizes: [u32; 3], name: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for half in [20, entry.flags, entry.method, 0, 0x21] {
        out.extend(half.to_le_bytes());
    }
    for word in sizes {
        out.extend(word.to_le_bytes());
    }
    out.extend(u16::try_from(name).unwrap().to_le_bytes());
    out.extend([0; 2]);
    out
}

/// The checksum of the format.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut crc, octet| {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
        crc
    })
}
