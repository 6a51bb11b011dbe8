//! The key ring: old keys open old files, wrong PINs lock, a backup opens again.

use std::process::{Command, Stdio};

use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

fn run(folder: &Folder, line: &str) -> (i32, String) {
    let output = Command::new(yinxin())
        .args(line.split(' '))
        .current_dir(folder.as_path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn ok(folder: &Folder, line: &str) {
    assert_eq!(run(folder, line).0, 0, "{line}");
}

/// A holder with `keys` generations of encryption keys, all in the ring.
fn ring(name: &str, keys: usize) -> Folder {
    let folder = Folder::new(name);
    folder.write("pin", b"246810\n");
    folder.write("wrong", b"000000\n");
    folder.write("file", b"bid price");
    ok(&folder, "ca init --dir ca --algorithm sm2");
    ok(&folder, "key ring init --ring ring --pin-file pin");
    for year in 0..keys {
        ok(&folder, &format!("key generate --algorithm sm2 --out key{year} --no-password"));
        ok(&folder, &format!("csr create --key key{year} --subject O=甲公司 --out csr{year}"));
        ok(&folder, &format!("ca issue --dir ca --csr csr{year} --profile holder --out {year}"));
        ok(
            &folder,
            &format!(
                "key install --envelope {year}/encrypt.envelope --key key{year} --out enc{year} --no-password"
            ),
        );
        ok(
            &folder,
            &format!(
                "key ring add enc{year} --certificate {year}/encrypt.pem --ring ring --pin-file pin"
            ),
        );
    }
    folder
}

#[test]
fn a_file_for_the_first_certificate_opens_after_two_renewals() {
    let folder = ring("renewals", 3);
    ok(&folder, "cms encrypt file --to 0/encrypt.pem --out sealed");
    ok(&folder, "cms decrypt sealed --ring ring --pin-file pin --out opened");
    assert_eq!(folder.read("opened"), b"bid price");
    // The same of a bid, which is encrypted days before: the key is found by its id.
    let bid = "bid encrypt file --to 0/encrypt.pem --project P --section S --opening 2026-12-01T00:00:00Z --out bid --receipt receipt";
    ok(&folder, bid);
    ok(&folder, "bid check bid --ring ring --pin-file pin");
    ok(&folder, "bid decrypt bid --ring ring --pin-file pin --out opened-bid");
    assert_eq!(folder.read("opened-bid/file"), b"bid price");
    let (_, list) = run(&folder, "--json key ring list --ring ring --pin-file pin");
    assert_eq!(list.matches("\"keyId\"").count(), 3, "{list}");
    assert_eq!(run(&folder, "cms decrypt sealed --out x").0, 2, "neither key nor ring");
}

#[test]
fn wrong_pins_lock_and_a_backup_opens_again() {
    let folder = ring("lock", 1);
    ok(&folder, "key ring backup copy --ring ring --pin-file pin");
    let list =
        |pin: &str| run(&folder, &format!("--json key ring list --ring ring --pin-file {pin}"));
    for left in (0..10).rev() {
        let (code, text) = list("wrong");
        assert_eq!(code, 1);
        assert!(text.contains(&format!("\"left\":{left}")), "{text}");
    }
    let (code, text) = list("pin");
    assert_eq!((code, text.contains("ring_locked")), (1, true), "{text}");
    assert_eq!(run(&folder, "key ring restore copy --ring ring --pin-file wrong").0, 1);
    ok(&folder, "key ring restore copy --ring ring --pin-file pin");
    assert_eq!(list("pin").0, 0);
    // A ring that is not locked is not replaced without being asked.
    assert_eq!(run(&folder, "key ring restore copy --ring ring --pin-file pin").0, 4);
    assert_eq!(run(&folder, "key ring init --ring ring --pin-file pin").0, 4);
    folder.write("new", b"135791\n");
    ok(&folder, "key ring change-pin --ring ring --pin-file pin --new-pin-file new");
    assert_eq!((list("new").0, list("pin").0), (0, 1));
    assert_eq!(run(&folder, "key ring list --ring nowhere --pin-file pin").0, 4);
}
