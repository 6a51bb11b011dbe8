//! How the server starts, and how it ends.

use std::process::Command;
use std::time::{Duration, Instant};

use yinxin_session::Scene;
use yinxin_session::wire::http::{bearer, path};

use crate::client::Client;
use crate::world::{World, command};

#[test]
fn a_host_of_41_characters_is_refused_at_the_start_and_one_of_40_is_not() {
    let world = World::new();
    let mut long = command(&world.folder.0);
    let output = long.args(["--host", &"h".repeat(41)]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("40 characters"), "{words}");
    assert!(output.stdout.is_empty(), "it never listened");
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin-hub"));
        let output = command.arg("serve").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let folder = world.folder.0.display().to_string();
    let (code, words) = run(&["--ca", "/nonexistent", "--platforms", "/nonexistent"]);
    assert!(code == Some(4) && words.contains("trust-list.key"), "{words}");
    let (code, words) = run(&["--ca", &folder, "--platforms", "/nonexistent"]);
    assert!(code == Some(4) && words.contains("/nonexistent"), "{words}");
    let broken = world.folder.0.join("broken.json");
    for text in ["", "{}", "{\"platforms\": 7}", "{\"platforms\": [], \"platforms\": []}"] {
        std::fs::write(&broken, text).unwrap();
        let (code, words) = run(&["--ca", &folder, "--platforms", &broken.display().to_string()]);
        assert!(code == Some(4) && words.contains("broken.json"), "{text}: {words}");
    }
    let (code, _) = run(&[]);
    assert_eq!(code, Some(2), "usage");
}

#[test]
fn sigterm_ends_streams_and_polls_and_the_process_with_0() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let (address, token) = (world.server.address, bearer(&visit.opened.page_token));
    let poll = path::events(visit.sid(), 1, 25);
    let waiting = std::thread::spawn(move || {
        Client::new(address).call("GET", &poll, &[("authorization", &token)], &[])
    });
    let mut stream = world.client();
    let token = bearer(&visit.opened.page_token);
    let path = path::events(visit.sid(), 0, 0);
    stream.send(
        format!("GET {path} HTTP/1.1\r\nhost: h\r\nauthorization: {token}\r\naccept: text/event-stream\r\n\r\n")
            .as_bytes(),
    );
    stream.head();
    assert!(stream.chunk().is_some());
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    let pid = world.server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(waiting.join().unwrap().status, 200, "the poll was answered");
    assert_eq!(stream.chunk(), None, "the stream ended in order");
    let status = world.server.child.wait().unwrap();
    assert!(status.success(), "{status}");
    println!("ended {:?} after SIGTERM", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(15));
}
