//! Pages of OFD files as pictures. What is drawn here was verified in the module `documents`, which
//! orders it: nothing here knows of signatures.

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin_seal::ofd::{self, Limits, Package};
use yinxin_seal::picture::{Font, FontSource, Resolution};

use crate::error::Failure;
use crate::order::{self, OrderedSeal};

/// A file whose pages are drawn, with the seals that hold.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PagesHandle {
    package: Package,
    seals: Vec<OrderedSeal>,
}

#[wasm_bindgen]
impl PagesHandle {
    /// The file that was verified, and what the verifier orders to be drawn on it.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[u8], order: &[u8]) -> Result<Self, Failure> {
        let package = Package::read(file, &Limits::desk())?;
        Ok(Self { package, seals: order::read(order)? })
    }

    /// A page, PNG. `font` draws what the file brings no font for.
    pub fn render(&self, page: u32, dpi: f64, font: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        let wrong = || Failure::misuse("resolution", "pages are drawn at 72 to 600 dpi");
        let resolution = Resolution::from_dpi(dpi).ok_or_else(wrong)?;
        let font = match &font {
            Some(file) => Some(Font::parse(file)?),
            None => None,
        };
        let font = font.as_ref().map(|font| -> &dyn FontSource { font });
        let seals: Vec<_> = self.seals.iter().map(OrderedSeal::valid).collect();
        let drawn = ofd::render_ordered(&self.package, page, &seals, resolution, font)?;
        Ok(drawn.pixels.to_png(resolution)?)
    }
}
