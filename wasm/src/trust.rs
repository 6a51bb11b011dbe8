//! What verifications judge by, put together part by part.

use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::judge::Trust;
use yinxin::revocation::{Crl, OcspResponse, RevocationData};
use yinxin::{Certificate, Purpose, Time, TrustStore, pem};

use crate::error::Failure;

/// What is trusted. Nothing is valid without an anchor.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TrustHandle(Trust);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Settings {
    /// Seconds UTC.
    now: i64,
    at: Option<i64>,
    #[serde(default)]
    require_revocation: bool,
}

#[wasm_bindgen]
impl TrustHandle {
    /// `{"now", "at"?, "requireRevocation"?}`, times in seconds UTC.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Result<Self, Failure> {
        let settings: Settings = serde_json::from_str(settings)
            .map_err(|error| Failure::misuse("malformed", error.to_string()))?;
        Ok(Self(Trust {
            store: TrustStore::new(),
            tsa: TrustStore::new(),
            intermediates: Vec::new(),
            at: settings.at.map(Time::from_unix),
            now: Time::from_unix(settings.now),
            revocation: RevocationData::default(),
            require_revocation: settings.require_revocation,
        }))
    }

    /// Anchors, PEM or DER, for all purposes or for some: `sign`, `encrypt`, `seal`, `platform`.
    #[wasm_bindgen(js_name = addAnchors)]
    pub fn add_anchors(&mut self, file: &[u8], purposes: Vec<String>) -> Result<(), Failure> {
        let purposes: Vec<Purpose> =
            purposes.iter().map(|name| purpose_of(name)).collect::<Result<_, _>>()?;
        for certificate in Certificate::from_pem_or_der(file)? {
            self.0.store.add(certificate, &purposes);
        }
        Ok(())
    }

    /// Anchors of timestamp authorities.
    #[wasm_bindgen(js_name = addTimestampAnchors)]
    pub fn add_timestamp_anchors(&mut self, file: &[u8]) -> Result<(), Failure> {
        for certificate in Certificate::from_pem_or_der(file)? {
            self.0.tsa.add(certificate, &[]);
        }
        Ok(())
    }

    /// Certificates that may lie between.
    #[wasm_bindgen(js_name = addIntermediates)]
    pub fn add_intermediates(&mut self, file: &[u8]) -> Result<(), Failure> {
        self.0.intermediates.extend(Certificate::from_pem_or_der(file)?);
        Ok(())
    }

    /// Revocation lists.
    #[wasm_bindgen(js_name = addCrls)]
    pub fn add_crls(&mut self, file: &[u8]) -> Result<(), Failure> {
        self.0.revocation.crls.extend(Crl::from_pem_or_der(file)?);
        Ok(())
    }

    /// An OCSP answer.
    #[wasm_bindgen(js_name = addOcsp)]
    pub fn add_ocsp(&mut self, file: &[u8]) -> Result<(), Failure> {
        let blocks = if pem::is_pem(file) { pem::decode(file)? } else { Vec::new() };
        let der = blocks.first().map_or(file, |block| block.der.as_slice());
        self.0.revocation.ocsp.push(OcspResponse::from_der(der)?);
        Ok(())
    }
}

impl TrustHandle {
    #[cfg(feature = "messages")]
    pub(crate) const fn trust(&self) -> &Trust {
        &self.0
    }

    #[cfg(feature = "documents")]
    pub(crate) fn into_trust(self) -> Trust {
        self.0
    }
}

pub(crate) fn purpose_of(name: &str) -> Result<Purpose, Failure> {
    match name {
        "any" => Ok(Purpose::Any),
        "encrypt" => Ok(Purpose::Encrypt),
        "platform" => Ok(Purpose::Platform),
        "seal" => Ok(Purpose::Seal),
        "sign" => Ok(Purpose::Sign),
        _ => Err(Failure::misuse("purpose", "purposes: any, sign, encrypt, seal, platform")),
    }
}
