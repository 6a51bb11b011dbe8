//! Template seals: what is drawn, at what size, and what is refused.

use yinxin_seal::picture::{AntiForgeryCode, Ink, Resolution, SealDesign, Template};

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
