//! Template seals: what is drawn, at what size, and what is refused.

use yinxin_seal::picture::template::Duty;
use yinxin_seal::picture::{
    AntiForgeryCode, Filing, Font, FontSource, Glyph, Ink, PictureError, PictureKind, Resolution,
    SealDesign, Template,
};

use crate::{keep, with_font};

fn code() -> AntiForgeryCode {
    "3701020012345".parse().unwrap()
}

/// One seal of each template as an office has them, with names short and long.
pub(crate) fn samples() -> Vec<(&'static str, SealDesign)> {
    let long = "中国某某国际工程技术装备进出口有限责任公司示范省分公司";
    vec![
        ("round-40", SealDesign::new(Template::Round, "示范建设集团有限公司").code(code())),
        ("round-42-short", SealDesign::new(Template::Round, "某某县教育局").width_mm(42.0)),
        ("round-42-long", SealDesign::new(Template::Round, long).width_mm(42.0).code(code())),
        (
            "round-department",
            SealDesign::new(Template::Round, "示范省公共资源交易中心").line2("招标采购部"),
        ),
        (
            "round-special",
            SealDesign::new(Template::RoundSpecial, "示范建设集团有限公司")
                .line2("合同专用章")
                .code(code()),
        ),
        (
            "round-special-numbered",
            SealDesign::new(Template::RoundSpecial, "示范市政工程设计研究院有限公司")
                .line2("投标专用章")
                .centre("(1)"),
        ),
        ("oval", SealDesign::new(Template::Oval, "示范(中国)投资有限公司").code(code())),
        (
            "oval-invoice",
            SealDesign::new(Template::Oval, "示范建设集团有限公司")
                .width_mm(40.0)
                .centre("91370102MA3CEXAM1X")
                .line2("发票专用章"),
        ),
        (
            "double-oval",
            SealDesign::new(Template::DoubleOval, "示范机械(苏州)有限公司").line2("业务专用章"),
        ),
        ("square", SealDesign::new(Template::Square, "示范建设集团有限公司").line2("财务专用章")),
        ("personal-3", SealDesign::new(Template::Personal, "张三印")),
        ("personal-4", SealDesign::new(Template::Personal, "欧阳").line2("之印")),
        ("personal-blue", SealDesign::new(Template::Personal, "李四").ink(Ink::Blue)),
    ]
}

#[test]
fn every_template_is_drawn_at_both_resolutions_to_the_pixel() {
    with_font(|font| {
        for (name, design) in samples() {
            let drawing = design.draw(font).unwrap();
            for resolution in [Resolution::DPI_300, Resolution::DPI_600] {
                let pixels = drawing.to_pixels(resolution).unwrap();
                let wide = drawing.width_mm() * resolution.dpi() / 25.4;
                let tall = drawing.height_mm() * resolution.dpi() / 25.4;
                assert!((pixels.width() as f64 - wide).abs() <= 0.5, "{name}");
                assert!((pixels.height() as f64 - tall).abs() <= 0.5, "{name}");
                keep(&format!("{name}-{}", resolution.dpi()), &pixels);
            }
        }
    });
}

#[test]
fn a_drawn_seal_is_one_ink_on_nothing_with_its_border_at_the_edge() {
    with_font(|font| {
        let design = SealDesign::new(Template::Round, "示范公司").width_mm(42.0).ink(Ink::Purple);
        let pixels = design.draw(font).unwrap().to_pixels(Resolution::DPI_300).unwrap();
        assert!(pixels.rgba().chunks(4).all(|pixel| pixel[..3] == Ink::Purple.rgb()));
        let alpha = |x: usize, y: usize| pixels.row(y)[x * 4 + 3];
        assert_eq!(alpha(0, 0), 0, "the corner is transparent");
        let middle = pixels.height() / 2;
        // 1.2 mm of border are 14 pixels.
        assert!((1..13).all(|x| alpha(x, middle) == 255));
        assert!((16..20).all(|x| alpha(x, middle) == 0));
        assert_eq!(alpha(middle, middle), 255, "the star's middle");
    });
}

#[test]
fn what_the_law_wants_is_told() {
    let design = SealDesign::new(Template::Round, "示范建设集团有限公司");
    assert!(design.has_name(" 示范建设集团有限公司 "));
    assert!(!design.has_name("示范建设集团有限公司分公司") && !design.has_name(""));
    with_font(|font| {
        assert_eq!(design.draw(font).unwrap().filing(), &Filing::NotFiled);
        let filed = design.clone().filed("3701000000001").draw(font).unwrap();
        assert_eq!(filed.filing().name(), "filed");
    });
    for template in Template::ALL {
        assert!(template.duties().contains(&Duty::MarkUnfiled));
        assert!(template.duties().contains(&Duty::NameIsHolders));
    }
}

#[test]
fn a_character_the_font_lacks_is_named_wherever_it_stands() {
    let missing = PictureError::MissingGlyph { character: '𠮷' };
    with_font(|font| {
        let seal = || SealDesign::new(Template::RoundSpecial, "示范公司");
        let cases = [
            SealDesign::new(Template::RoundSpecial, "𠮷野家"),
            seal().line2("𠮷"),
            seal().centre("𠮷"),
            SealDesign::new(Template::Personal, "张𠮷"),
        ];
        for design in cases {
            assert_eq!(design.draw(font).unwrap_err(), missing);
        }
        // The characters that names need and GB/T 2312 lacks.
        for name in ["朱镕基", "堃〇玥", "赟璟彧"] {
            assert!(SealDesign::new(Template::Personal, name).draw(font).is_ok(), "{name}");
        }
    });
    assert!(matches!(Font::parse(b"no font").unwrap_err(), PictureError::Font));
}

#[test]
fn a_text_that_does_not_fit_says_how_many_characters_do() {
    with_font(|font| {
        let draw = |text: &str| SealDesign::new(Template::Round, text).draw(font);
        let Err(PictureError::TextTooLong { characters: 40, fit }) = draw(&"长".repeat(40)) else {
            panic!("forty characters are too many");
        };
        assert!((24..40).contains(&fit), "{fit}");
        assert!(draw(&"长".repeat(fit)).is_ok());
        assert!(draw(&"长".repeat(fit + 1)).is_err());
        let seal = SealDesign::new(Template::Round, "示范公司");
        let long = seal.clone().line2("一二三四五六七八九十一二三四五六").draw(font).unwrap_err();
        assert!(matches!(long, PictureError::TextTooLong { characters: 16, .. }), "{long}");
        let square = SealDesign::new(Template::Square, "方".repeat(100)).draw(font).unwrap_err();
        assert!(matches!(square, PictureError::TextTooLong { characters: 100, fit: 81 }));
        assert_eq!(draw(" ").unwrap_err(), PictureError::TextMissing);
    });
}

#[test]
fn the_picture_of_an_electronic_seal_has_kind_and_whole_millimetres() {
    with_font(|font| {
        let drawing = SealDesign::new(Template::Oval, "示范公司").draw(font).unwrap();
        let pixels = drawing.to_pixels(Resolution::DPI_600).unwrap();
        let picture = pixels.to_picture(Resolution::DPI_600).unwrap();
        assert_eq!(picture.kind, PictureKind::Png);
        assert_eq!((picture.width_mm, picture.height_mm), (45, 30));
        assert_eq!(picture.pixels().unwrap(), pixels);
        assert!(picture.data.len() < 64 << 10, "{} bytes", picture.data.len());
    });
}

/// A font that answers with nonsense.
struct Nonsense(f64);

impl FontSource for Nonsense {
    fn glyph(&self, _: char) -> Option<Glyph> {
        use yinxin_seal::picture::GlyphSegment::{Close, Line, Move, Quad};
        let far = self.0;
        let segments = vec![
            Move(0.0, far),
            Line(far, f64::NAN),
            Quad(far, 0.0, 1.0, far),
            Line(0.0, 0.0),
            Close,
        ];
        Some(Glyph { segments, advance: far, bounds: [far, -far, f64::NAN, far] })
    }
}

#[test]
fn a_font_of_nonsense_draws_nonsense_but_nothing_breaks() {
    for far in [0.0, 1.0, -1.0, 1e300, f64::INFINITY, f64::NAN] {
        for template in Template::ALL {
            let design = SealDesign::new(template, "示范公司").line2("专用章").centre("1");
            if let Ok(drawing) = design.draw(&Nonsense(far)) {
                drop(drawing.to_pixels(Resolution::DPI_300));
                assert!(drawing.to_svg().starts_with("<svg"));
            }
        }
    }
}
