//! The properties of the protocol, each on the real machines.

use yinxin_session::{Scene, Suite};

use crate::world::World;

#[test]
fn every_scene_goes_from_click_to_receipt_in_both_suites() {
    for suite in Suite::ALL {
        for scene in Scene::ALL {
            let mut world = World::new(suite, 1);
            let payload = world.cast.payload(scene);
            let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
            world.run(0, page).unwrap();
            let sid = world.pages[page].sid();
            assert_eq!(world.state(sid).as_deref(), Some("completed"), "{suite:?} {scene:?}");
            assert_eq!(world.ghost.accepted.len(), 1);
            assert_eq!(world.ghost.wrong, [""; 0]);
        }
    }
}
