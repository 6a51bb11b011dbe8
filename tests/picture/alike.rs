//! How alike seals are: the same seal in any state against other seals of the same template.

use yinxin_seal::picture::scan::{Turn, extract};
use yinxin_seal::picture::similarity::compare;
use yinxin_seal::picture::{Pixels, Resolution, SealDesign, Template};

use crate::paper::Weather;
use crate::scans::{one, options, seal};
use crate::with_font;

const OFFICE: Resolution = Resolution::DPI_300;

fn drawn(template: Template, name: &str) -> Pixels {
    let design = SealDesign::new(template, name);
    with_font(|font| design.draw(font).unwrap().to_pixels(OFFICE).unwrap())
}

fn score(first: &Pixels, second: &Pixels) -> f64 {
    compare(first, second).map_or(0.0, |found| found.score)
}

#[test]
fn a_seal_is_itself_at_any_turn_resolution_and_after_a_scan() {
    let own = seal(42.0, OFFICE);
    let turned = compare(&own, &own.turned(50.0)).unwrap();
    println!("turned {:.3} at {}", turned.score, turned.turn_degrees);
    assert!(turned.score > 0.87);
    assert!((turned.turn_degrees - 310.0).abs() <= 1.0, "turned back by {}", turned.turn_degrees);
    let fine = seal(42.0, Resolution::DPI_600);
    println!("fine {:.3}", score(&own, &fine));
    assert!(score(&own, &fine) > 0.87);
    for (name, weather) in Weather::ALL {
        let paper = one(42.0, OFFICE, &weather, 20);
        let found = extract(&paper.jpeg, &options(Turn::AsScanned, OFFICE)).unwrap();
        let score = score(&own, &found.pixels);
        println!("scan {name} {score:.3}");
        assert!(score > 0.87, "{name} {score}");
        assert!(compare(&own, &found.pixels).unwrap().is_same_seal());
    }
}

#[test]
fn other_names_on_the_same_template_are_other_seals() {
    let names = [
        "示范建设集团有限公司",
        "样板建设集团有限公司",
        "示范建设集团有恨公司",
        "示范市政工程有限公司",
        "华北机械设备有限公司",
        "某某县教育局",
        "示范省公共资源交易中心",
    ];
    for template in Template::ALL {
        let seals: Vec<Pixels> = names.iter().map(|name| drawn(template, name)).collect();
        for (index, first) in seals.iter().enumerate() {
            assert!(score(first, first) > 0.999);
            for (other, second) in seals.iter().enumerate().skip(index + 1) {
                let score = score(first, second);
                let label = format!("{template:?} {} {}", names[index], names[other]);
                println!("{label} {score:.3}");
                let most = if other == index + 2 && index == 0 { 0.80 } else { 0.60 };
                assert!(score < most, "{label} {score}");
            }
        }
    }
    assert_eq!(compare(&seals_round(), &drawn(Template::Oval, names[0])), None);
}

fn seals_round() -> Pixels {
    drawn(Template::Round, "示范建设集团有限公司")
}
