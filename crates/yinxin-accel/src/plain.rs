//! Vectors octet by octet: what the fast ones have to equal.

use crate::Vector;

/// A vector without vector instructions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Plain([u8; 16]);

impl Plain {
    fn each(self, change: impl Fn(u8) -> u8) -> Self {
        Self(self.0.map(change))
    }

    fn lanes(self) -> [u32; 4] {
        let mut lanes = [0; 4];
        for (lane, octets) in lanes.iter_mut().zip(self.0.as_chunks().0) {
            *lane = u32::from_le_bytes(*octets);
        }
        lanes
    }

    fn of_lanes(lanes: [u32; 4]) -> Self {
        let mut octets = [0; 16];
        for (to, lane) in octets.as_chunks_mut().0.iter_mut().zip(lanes) {
            *to = lane.to_le_bytes();
        }
        Self(octets)
    }
}

impl Vector for Plain {
    fn load(octets: &[u8; 16]) -> Self {
        Self(*octets)
    }

    fn store(self) -> [u8; 16] {
        self.0
    }

    fn octets(octet: u8) -> Self {
        Self([octet; 16])
    }

    fn words(word: u32) -> Self {
        Self::of_lanes([word; 4])
    }

    fn xor(self, other: Self) -> Self {
        let mut octets = self.0;
        for (octet, other) in octets.iter_mut().zip(other.0) {
            *octet ^= other;
        }
        Self(octets)
    }

    fn low(self) -> Self {
        self.each(|octet| octet & 15)
    }

    fn high(self) -> Self {
        self.each(|octet| octet >> 4)
    }

    fn at(self, places: Self) -> Self {
        places.each(|place| self.0.get(usize::from(place)).copied().unwrap_or(0))
    }

    fn swap(self) -> Self {
        Self::of_lanes(self.lanes().map(u32::swap_bytes))
    }

    fn left_2(self) -> Self {
        Self::of_lanes(self.lanes().map(|lane| lane.rotate_left(2)))
    }

    fn left_8(self) -> Self {
        Self::of_lanes(self.lanes().map(|lane| lane.rotate_left(8)))
    }

    fn left_16(self) -> Self {
        Self::of_lanes(self.lanes().map(|lane| lane.rotate_left(16)))
    }

    fn left_24(self) -> Self {
        Self::of_lanes(self.lanes().map(|lane| lane.rotate_left(24)))
    }

    fn transpose(rows: [Self; 4]) -> [Self; 4] {
        let [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]] =
            rows.map(Self::lanes);
        [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]].map(Self::of_lanes)
    }
}
