//! `yinxin sof-scan`: every call of a plug-in in a site's source, and no other.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

fn run(folder: &Folder, words: &[&str]) -> Output {
    Command::new(yinxin())
        .args(["sof-scan", "site"])
        .args(words)
        .current_dir(folder.as_path())
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn scan(folder: &Folder) -> Value {
    let output = run(folder, &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Calls as `file:line:column name class use`.
fn calls(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |call: &Value| {
        let [file, line, column, name, class, how] =
            ["file", "line", "column", "name", "class", "use"].map(|member| text(&call[member]));
        format!("{file}:{line}:{column} {name} {class} {how}")
    };
    answer["calls"].as_array().unwrap().iter().map(line).collect()
}

fn site(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::new("sof-scan");
    for (name, bytes) in files {
        let path = format!("site/{name}");
        fs::create_dir_all(folder.as_path().join(&path).parent().unwrap()).unwrap();
        folder.write(&path, bytes);
    }
    folder
}

#[test]
fn each_call_has_its_place_its_class_and_what_to_change() {
    let folder = site(&[
        (
            "login.html",
            "<!-- SOF_Old() -->\n<p>印 don't // no comment</p><a onclick=\"SOF_Login(id, pin)\">登录</a>\n\
             <script><!--\n var url = 'http://a/b'; SOF_SignData(id,\n  x, cb); // SOF_Logout(id)\n //--></script>\n\
             <p>SOF_GetPinRetryCount</p>\n"
                .as_bytes(),
        ),
        (
            "js/app.js",
            b"const r = await sof.SOF_ValidateCert(c)\n/* SOF_GenRandom(8)\n*/ call('SOF_SetCertTrustList', f)\n\
              const s = `//${SOF_MakeCoffee(1)}`\n",
        ),
        ("notes.txt", b"SOF_Login(1)"),
    ]);
    let answer = scan(&folder);
    assert_eq!(
        calls(&answer),
        [
            "js/app.js:1:21 SOF_ValidateCert local call",
            "js/app.js:2:4 SOF_GenRandom local comment",
            "js/app.js:3:10 SOF_SetCertTrustList server reference",
            "js/app.js:4:16 SOF_MakeCoffee unknown call",
            "login.html:1:6 SOF_Old unknown comment",
            "login.html:2:41 SOF_Login phone call",
            "login.html:4:26 SOF_SignData phone call",
            "login.html:5:14 SOF_Logout local comment",
            "login.html:7:4 SOF_GetPinRetryCount refused reference",
        ]
    );
    let summary = &answer["summary"];
    let counts = ["local", "phone", "server", "refused", "unknown"].map(|class| &summary[class]);
    assert_eq!(counts.map(|count| count.as_u64().unwrap()), [1, 2, 1, 1, 1]);
    let change = answer["calls"][5]["change"].as_str().unwrap();
    assert!(change.contains("never sent"), "{change}");

    let chinese = String::from_utf8(run(&folder, &["--lang", "zh"]).stdout).unwrap();
    assert!(chinese.contains("login.html:2:41: SOF_Login [手机] "), "{chinese}");
    assert!(chinese.contains("PIN 参数不看也不发送"), "{chinese}");
}

#[test]
fn a_page_in_gbk_and_one_in_utf_16_are_read_in_characters() {
    // 印章 in GBK, and a character whose second octet is the letter S.
    let gbk = b"<p>\xd3\xa1\xd5\xc2</p><script>SOF_Login(1);\x81\x53OF_Login(2)</script>";
    let utf_16: Vec<u8> = "\u{feff}<%-- 印 --%><% SOF_GetVersion() %>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = site(&[("old.JSP", gbk), ("wide.aspx", &utf_16)]);
    assert_eq!(
        calls(&scan(&folder)),
        ["old.JSP:1:18 SOF_Login phone call", "wide.aspx:1:15 SOF_GetVersion local call"]
    );
}

#[test]
fn the_plug_in_s_own_script_is_named_for_replacement_and_its_tag_is_found() {
    let own = "function SOF_Login(a, cb) { go() }\nX.SOF_Logout = function () {};\nvar t = { SOF_SignData: \
               (a) => 1,\nSOF_GenRandom(n) { return SOF_GetVersion() },\n};\nfunction SOF_GetUserList() {}\n";
    let folder = site(&[
        ("lib/XTXSAB.js", own.as_bytes()),
        ("a.html", b"<script type='text/javascript' src='lib/XTXSAB.js?v=2'></script>\n<script src=jquery.js></script>"),
        ("b.js", b"new ActiveXObject('XTXAppCOM');if (SOF_Login(1)) { x() }"),
    ]);
    let answer = scan(&folder);
    assert_eq!(answer["scripts"][0]["file"], "lib/XTXSAB.js");
    assert_eq!(answer["scripts"][0]["definitions"], 5);
    assert_eq!(answer["tags"].as_array().unwrap().len(), 1);
    assert_eq!(answer["tags"][0]["source"], "lib/XTXSAB.js?v=2");
    assert_eq!(answer["plugIns"][0]["vendor"], "bjca");
    assert_eq!(answer["plugIns"][0]["column"], 20);
    assert_eq!(calls(&answer), ["b.js:1:36 SOF_Login phone call"]);
}

#[test]
fn everyday_words_count_only_beside_a_plug_in() {
    let folder = site(&[
        ("shop.js", b"Login(form); user.Login(1); EncryptData(x)"),
        ("key.js", b"SEH_InitialSession(1, '', pin);\nIsLogin(key); user.IsLogin(); ca_key.HashData(x); WriteFile(a)"),
        ("shim.html", b"<script src='../CAKey/ca_key.js'></script><script>GetUserList()</script>"),
    ]);
    let answer = scan(&folder);
    assert_eq!(
        calls(&answer),
        [
            "key.js:1:1 SEH_InitialSession phone call",
            "key.js:2:1 IsLogin local call",
            "key.js:2:38 HashData local call",
            "key.js:2:51 WriteFile refused call",
            "shim.html:1:51 GetUserList phone call",
        ]
    );
    assert_eq!(answer["calls"][0]["standsFor"], "SOF_Login");
}

#[test]
fn links_others_packages_and_large_files_are_passed_over_and_said() {
    let folder = site(&[
        ("node_modules/a/index.js", b"SOF_Login(1)"),
        ("picture.js", b"GIF89a\0SOF_Login(1)"),
        ("page.js", b"SOF_Login(1)"),
    ]);
    folder.write("outside.js", b"SOF_Secret(1)");
    folder.write("site/huge.js", &b"SOF_Login(1);".repeat((16 << 20) / 13 + 1));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../outside.js", folder.path("site/link.js")).unwrap();
        std::os::unix::fs::symlink("..", folder.path("site/up")).unwrap();
    }
    let answer = scan(&folder);
    assert_eq!(calls(&answer), ["page.js:1:1 SOF_Login phone call"]);
    let skipped: Vec<_> = answer["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["file"].as_str().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    for expected in ["huge.js too_large", "node_modules foreign", "picture.js not_text"] {
        assert!(skipped.iter().any(|one| one == expected), "{skipped:?}");
    }
    #[cfg(unix)]
    for expected in ["link.js link", "up link"] {
        assert!(skipped.iter().any(|one| one == expected), "{skipped:?}");
    }
    let warnings = answer["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "sof_too_large"), "{warnings:?}");
}

#[test]
fn an_empty_site_is_no_mistake_and_a_missing_one_is() {
    let folder = site(&[("index.html", b"<p>nothing</p>")]);
    assert_eq!(scan(&folder)["code"], "sof_nothing");
    fs::remove_dir_all(folder.path("site")).unwrap();
    assert_eq!(run(&folder, &["--json"]).status.code(), Some(4));
    folder.write("site", b"a file");
    assert_eq!(run(&folder, &["--json"]).status.code(), Some(2));
}

#[test]
fn every_name_of_the_table_is_found_with_its_class() {
    let table = include_str!("../../wasm/npm/src/sof/functions.json");
    let table: Value = serde_json::from_str(table).unwrap();
    let mut source = String::from("SOF_GetVersion()\n");
    let mut expected = vec!["all.js:1:1 SOF_GetVersion local call".to_owned()];
    for class in ["local", "phone", "refused", "server"] {
        for name in table[class].as_object().unwrap().keys() {
            source += &format!("{name}(1)\n");
            expected.push(format!("all.js:{}:1 {name} {class} call", expected.len() + 1));
        }
    }
    let folder = site(&[("all.js", source.as_bytes())]);
    assert_eq!(calls(&scan(&folder)), expected);
}
