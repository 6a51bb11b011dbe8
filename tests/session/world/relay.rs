//! What goes over the hub.

use yinxin_session::hub::Input;

/// The octets of a step.
pub(super) fn octets(input: &Input) -> Vec<u8> {
    match input {
        Input::Ack(octets)
        | Input::Answer(octets)
        | Input::Hello(octets)
        | Input::Key(octets)
        | Input::Offer(octets)
        | Input::Prepared { octets, .. }
        | Input::Receipt(octets)
        | Input::Reject(octets) => octets.clone(),
        _ => Vec::new(),
    }
}
