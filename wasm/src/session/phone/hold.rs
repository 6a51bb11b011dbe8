//! What a phone is given: certificates and keys, seals, hubs.

use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::certificate::{NameBuilder, RequestDraft};
use yinxin::cms::SignedData;
use yinxin::key::{container, enveloped};
use yinxin::session::Code;
use yinxin::session::phone::PinnedHub;
use yinxin::session::wire::Binary;
use yinxin::verify::holder::HolderText;
use yinxin::{
    Certificate, Curve, EncryptionCertificate, KeyError, PrivateKey, SigningCertificate, pem,
};
use yinxin_seal::es::Seal;
use zeroize::Zeroizing;

use super::PhoneHandle;
use super::store::HolderEntry;
use crate::error::Failure;
use crate::random::random;
use crate::session::text::{base64url, fail, write};

#[wasm_bindgen]
impl PhoneHandle {
    /// Draws a signing key and asks for a certificate of it: the request, PEM. `algorithm` is `SM2`
    /// or `P-256`, `subject` like `C=CN,O=甲公司,CN=甲公司`. The key goes into the ring under the PIN,
    /// which was passed just before.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` without a passed PIN; `suite_unsupported`; those of names.
    #[wasm_bindgen(js_name = requestCertificate)]
    pub fn request_certificate(
        &mut self,
        algorithm: &str,
        subject: &str,
        pin: &str,
    ) -> Result<String, Failure> {
        let curve = match algorithm {
            "SM2" => Curve::Sm2,
            "P-256" => Curve::P256,
            _ => return Err(fail(Code::SuiteUnsupported)),
        };
        let subject = NameBuilder::parse(subject).and_then(NameBuilder::build)?;
        let mut rng = random();
        let key = PrivateKey::generate(curve, &mut rng).into_signing();
        let signing = RequestDraft::new(subject, key.public()).prepare()?;
        let answer = key.sign(signing.to_sign(), &mut rng)?;
        let der = signing.finish(&answer)?;
        let id = key.public().id().to_string();
        let private = yinxin::pkcs8::write(key.as_private());
        let private = yinxin::pkcs8::read(&private)?;
        self.with_ring(pin, |open| {
            open.ring.add(private.into_decryption(), None)?;
            open.state.waiting.push(id);
            Ok(())
        })?;
        Ok(pem::encode("CERTIFICATE REQUEST", &der))
    }

    /// Takes what the authority issued for a key of this phone: the signing certificate, the
    /// encryption certificate with its enveloped key, and issuers; PEM or DER. JSON of the holder.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` without a passed PIN; `other_key` for a certificate of a key that is not
    /// here; those of certificates and enveloped keys.
    pub fn install(
        &mut self,
        signing: &[u8],
        encryption: Option<Vec<u8>>,
        envelope: Option<Vec<u8>>,
        issuers: Option<Vec<u8>>,
        pin: &str,
    ) -> Result<String, Failure> {
        let certificates = Certificates::read(signing, encryption, issuers)?;
        let id = certificates.signing.public_key().id();
        let envelope = envelope.map(|bytes| unarmoured(&bytes));
        self.with_ring(pin, |open| {
            if open.ring.find(&id).is_none() {
                return Err(Failure::from(KeyError::OtherKey));
            }
            let certified = certificates.encryption.as_ref().map(|own| own.certificate().clone());
            if let Some(envelope) = envelope {
                let key = open.signing_key(&id)?;
                let expected = certified.as_ref().map(Certificate::public_key);
                let key = enveloped::open(&envelope, &key, expected)?;
                open.ring.add(key, certified)?;
            }
            open.state.waiting.retain(|waiting| *waiting != id.to_string());
            open.put_holder(&certificates);
            Ok(())
        })?;
        certificates.text()
    }

    /// Takes a holder's keys as files, of whatever kind and under whatever password, with their
    /// certificates. JSON of the holder.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` without a passed PIN; `other_key` for a key that is not the
    /// certificate's; those of key files and certificates.
    #[allow(clippy::too_many_arguments, reason = "one act, called by our own wrapper alone")]
    #[wasm_bindgen(js_name = importKeys)]
    pub fn import_keys(
        &mut self,
        key: Vec<u8>,
        password: Option<Vec<u8>>,
        signing: &[u8],
        decryption: Option<Vec<u8>>,
        encryption: Option<Vec<u8>>,
        issuers: Option<Vec<u8>>,
        pin: &str,
    ) -> Result<String, Failure> {
        let password = password.map(Zeroizing::new);
        let open = |bytes: Vec<u8>| {
            let bytes = Zeroizing::new(bytes);
            container::read(&bytes, password.as_ref().map(|own| &own[..])).map_err(Failure::from)
        };
        let certificates = Certificates::read(signing, encryption, issuers)?;
        let key = open(key)?.key.into_decryption();
        if key.public() != certificates.signing.public_key() {
            return Err(Failure::from(KeyError::OtherKey));
        }
        let decryption = match decryption {
            Some(bytes) => Some(open(bytes)?.key.into_decryption()),
            None => None,
        };
        self.with_ring(pin, |open| {
            open.ring.add(key, None)?;
            if let Some(key) = decryption {
                let own = certificates.encryption.as_ref();
                let own = own.filter(|own| own.public_key() == key.public());
                open.ring.add(key, own.map(|own| own.certificate().clone()))?;
            }
            open.put_holder(&certificates);
            Ok(())
        })?;
        certificates.text()
    }

    /// Takes an electronic seal, DER. JSON `{id, name}`.
    ///
    /// # Errors
    ///
    /// `seal_status` for a seal in whose list no certificate of this phone is; those of seals.
    #[wasm_bindgen(js_name = addSeal)]
    pub fn add_seal(&mut self, der: &[u8]) -> Result<String, Failure> {
        let seal = Seal::from_der(der)?;
        let open = self.open_mut()?;
        let own = open.certificates()?;
        if !own.iter().any(|own| seal.lists(own.signing.as_der()).unwrap_or(false)) {
            return Err(fail(Code::SealStatus));
        }
        let same = |held: &Binary| Seal::from_der(&held.0).is_ok_and(|held| held.id() == seal.id());
        open.state.seals.retain(|held| !same(held));
        open.state.seals.push(Binary(der.to_vec()));
        write(&json!({"id": seal.id(), "name": seal.name()}))
    }

    /// Pins a hub by its newest list, which one of `signers` (PEM or DER) signed: the phone talks to
    /// no other. Its name is the one in its codes; where none is given, the one in its list. JSON
    /// `{host, listNumber, platforms}`.
    ///
    /// # Errors
    ///
    /// `trust_list_signature` and what else lists are refused for.
    #[wasm_bindgen(js_name = pinHub)]
    pub fn pin_hub(
        &mut self,
        url: &str,
        signers: &[u8],
        list: &[u8],
        name: Option<String>,
    ) -> Result<String, Failure> {
        let signers = Certificate::from_pem_or_der(signers)?;
        // The name that the list gives itself counts once one of the signers has signed it.
        let name = match name {
            Some(name) => name,
            None => stated_name(list)?,
        };
        let mut hub = PinnedHub::new(&name[..], signers)?;
        hub.take_list(list)?;
        let list = hub.list()?.content();
        let platforms: Vec<Value> = list
            .platforms
            .iter()
            .map(|own| json!({"code": own.code, "name": own.name, "origins": own.origins}))
            .collect();
        let text = write(&json!({
            "host": name, "listNumber": list.number, "platforms": platforms,
        }))?;
        self.open_mut()?.put_hub(Some(url), &hub);
        Ok(text)
    }

    /// Takes a newer list of a pinned hub.
    ///
    /// # Errors
    ///
    /// `hub_unknown`; what lists are refused for.
    #[wasm_bindgen(js_name = takeList)]
    pub fn take_list(&mut self, host: &str, list: &[u8]) -> Result<(), Failure> {
        let mut hub = self.open_ref()?.hub(host)?;
        hub.take_list(list)?;
        self.open_mut()?.put_hub(None, &hub);
        Ok(())
    }

    /// What the phone holds: JSON `{hubs, certificates, seals, waiting}`.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` while it is locked.
    pub fn holdings(&self) -> Result<String, Failure> {
        let open = self.open_ref()?;
        let holdings = open.holdings(false)?;
        let hubs: Vec<Value> = open
            .state
            .hubs
            .iter()
            .map(|entry| json!({"host": entry.hub.host, "url": entry.url}))
            .collect();
        write(&json!({
            "hubs": hubs,
            "certificates": super::view::certificates(&holdings),
            "seals": super::view::seals(&holdings),
            "waiting": open.state.waiting,
        }))
    }
}

impl super::store::Open {
    fn put_holder(&mut self, certificates: &Certificates) {
        let der = |certificate: &Certificate| Binary(certificate.as_der().to_vec());
        let entry = HolderEntry {
            signing: der(certificates.signing.certificate()),
            encryption: certificates.encryption.as_ref().map(|own| der(own.certificate())),
            issuers: certificates.issuers.iter().map(der).collect(),
        };
        self.state.holders.retain(|held| held.signing != entry.signing);
        self.state.holders.push(entry);
    }
}

/// What belongs to one holder.
struct Certificates {
    signing: SigningCertificate,
    encryption: Option<EncryptionCertificate>,
    issuers: Vec<Certificate>,
}

impl Certificates {
    fn read(
        signing: &[u8],
        encryption: Option<Vec<u8>>,
        issuers: Option<Vec<u8>>,
    ) -> Result<Self, Failure> {
        let one = |bytes: &[u8]| {
            let first = Certificate::from_pem_or_der(bytes)?.into_iter().next();
            first.ok_or_else(|| fail(Code::NoMatchingCertificate))
        };
        let signing = SigningCertificate::new(one(signing)?)?;
        let encryption = match encryption {
            Some(bytes) => Some(EncryptionCertificate::new(one(&bytes)?)?),
            None => None,
        };
        let mut issuers = match issuers {
            Some(bytes) => Certificate::from_pem_or_der(&bytes)?,
            None => Vec::new(),
        };
        // A root says nothing to whoever does not trust it already.
        issuers.retain(|one| !one.is_self_issued() && one != signing.certificate());
        Ok(Self { signing, encryption, issuers })
    }

    fn text(&self) -> Result<String, Failure> {
        write(&json!({
            "holder": HolderText::new(self.signing.certificate()),
            "certificate": base64url(self.signing.as_der()),
        }))
    }
}

#[derive(Deserialize)]
struct Named {
    hub: String,
}

fn stated_name(list: &[u8]) -> Result<String, Failure> {
    let refused = || fail(Code::TrustListSignature);
    let (_, content) = SignedData::from_der(list).map_err(|_| refused())?;
    let named: Named =
        serde_json::from_slice(&content.unwrap_or_default()).map_err(|_| refused())?;
    Ok(named.hub)
}

/// An enveloped key out of its armour, where it has one.
fn unarmoured(bytes: &[u8]) -> Vec<u8> {
    if !pem::is_pem(bytes) {
        return bytes.to_vec();
    }
    let first = pem::decode(bytes).ok().and_then(|blocks| blocks.into_iter().next());
    first.map_or_else(|| bytes.to_vec(), |block| block.der.to_vec())
}
