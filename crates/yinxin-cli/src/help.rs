//! Help and usage errors in Chinese. English ones are clap's own, from the doc comments.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::args::Language;

mod words;

/// The command tree in the language asked for.
pub(crate) fn in_language(mut command: Command, language: Language) -> Command {
    if language == Language::English {
        return command;
    }
    // Puts in what clap adds of its own: `help`, `--help` and `--version`.
    command.build();
    translate(command)
}

fn translate(command: Command) -> Command {
    let about = command.get_about().map(|about| chinese(&about.to_string()));
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = command
        .help_template("{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .mut_args(translate_option);
    names.iter().fold(command, |command, name| command.mut_subcommand(name, translate))
}

fn translate_option(option: Arg) -> Arg {
    let heading = match (option.get_help_heading(), option.is_positional()) {
        (Some(heading), _) => chinese(heading),
        (None, true) => "参数".to_owned(),
        (None, false) => "选项".to_owned(),
    };
    let help = option.get_help().map(|help| chinese(&help.to_string()));
    let option = option.help_heading(heading);
    match help {
        Some(help) => option.help(help),
        None => option,
    }
}

/// The Chinese of an English help text; a test holds that none is missing.
fn chinese(english: &str) -> String {
    let index = words::HELP.binary_search_by_key(&english, |(key, _)| *key);
    let found = index.ok().and_then(|index| words::HELP.get(index));
    found.map_or(english, |(_, chinese)| chinese).to_owned()
}

/// What clap writes in English inside its own layout.
const LAYOUT: [(&str, &str); 4] = [
    ("[OPTIONS]", "[选项]"),
    ("[possible values: ", "[可选值: "),
    ("Possible values:", "可选值:"),
    ("[default: ", "[默认: "),
];

/// Help, a version or a usage error as it is shown.
pub(crate) fn show(error: &clap::Error, language: Language) -> String {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    match language {
        Language::English => error.to_string(),
        Language::Chinese if asked => format!("{}\n", laid_out(error.to_string()).trim_end()),
        Language::Chinese => {
            let usage = match error.get(ContextKind::Usage) {
                Some(ContextValue::StyledStr(usage)) => laid_out(usage.to_string()),
                _ => String::new(),
            };
            let usage = usage.replace("Usage: ", "用法: ");
            format!("错误: {}\n\n{usage}\n\n详情请看 `--help`。\n", reason(error))
        }
    }
}

fn laid_out(text: String) -> String {
    LAYOUT.iter().fold(text, |text, (english, chinese)| text.replace(english, chinese))
}

/// What is wrong with the command line, without usage.
pub(crate) fn words_of(error: &clap::Error, language: Language) -> String {
    match language {
        Language::English => error.to_string().trim_start_matches("error: ").trim_end().to_owned(),
        Language::Chinese => reason(error),
    }
}

fn reason(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let perhaps =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let perhaps = perhaps.into_iter().map(text).find(|text| !text.is_empty());
    let perhaps = perhaps.map_or(String::new(), |other| format!(";是不是 `{other}`?"));
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 `{}`{perhaps}", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => format!("没有选项或参数 `{argument}`{perhaps}"),
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数:{argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "缺少命令或参数".to_owned(),
        ErrorKind::ArgumentConflict => {
            format!("`{argument}` 不能与 `{}` 同时使用", text(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}` 需要一个值"),
        ErrorKind::InvalidValue => {
            let valid = text(ContextKind::ValidValue);
            format!("`{argument}` 不接受 `{value}`;可选值:{valid}{perhaps}")
        }
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            format!("`{argument}` 的值 `{value}` 不对:{}", chinese(&source.unwrap_or_default()))
        }
        ErrorKind::NoEquals => format!("`{argument}` 与值之间需要等号"),
        ErrorKind::TooManyValues => format!("`{argument}` 的值 `{value}` 是多余的"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("`{argument}` 的值的个数不对")
        }
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文本".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Arguments;

    fn helps(command: &Command, found: &mut BTreeSet<String>) {
        found.extend(command.get_about().map(ToString::to_string));
        for option in command.get_arguments() {
            found.extend(option.get_help().map(ToString::to_string));
            found.extend(option.get_help_heading().map(ToString::to_string));
        }
        command.get_subcommands().for_each(|sub| helps(sub, found));
    }

    #[test]
    fn every_help_text_is_there_in_chinese_and_none_is_left_over() {
        let mut command = Arguments::command();
        command.build();
        let mut found = BTreeSet::new();
        helps(&command, &mut found);
        assert!(words::HELP.is_sorted_by(|a, b| a.0 < b.0));
        let known: BTreeSet<String> =
            words::HELP.iter().map(|(key, _)| (*key).to_owned()).collect();
        let missing: Vec<_> = found.difference(&known).collect();
        assert!(missing.is_empty(), "{missing:#?}");
        let dead: Vec<_> =
            known.difference(&found).filter(|key| !key.starts_with("times are")).collect();
        assert!(dead.is_empty(), "{dead:#?}");
    }

    #[test]
    fn usage_errors_are_told_in_both_languages() {
        for (line, english, chinese) in [
            ("yinxin sing", "unrecognized subcommand", "没有命令 `sing`"),
            (
                "yinxin verify a --lnag zh",
                "unexpected argument",
                "没有选项或参数 `--lnag`;是不是 `--lang`?",
            ),
            ("yinxin cms sign a", "required", "缺少必需的参数"),
            (
                "yinxin key generate --algorithm rsa",
                "invalid value",
                "`--algorithm <ALGORITHM>` 不接受 `rsa`;可选值:sm2、p256",
            ),
            (
                "yinxin verify a --at noon",
                "times are written as",
                "`--at <TIME>` 的值 `noon` 不对:时间写作",
            ),
        ] {
            for (language, words) in [(Language::English, english), (Language::Chinese, chinese)] {
                let command = in_language(Arguments::command(), language);
                let error = command.try_get_matches_from(line.split(' ')).unwrap_err();
                let shown = show(&error, language);
                assert!(shown.contains(words), "{line}: {shown}");
            }
        }
    }
}
