//! `bill`: prices a usage file, without simulation.

use std::fmt::Write as _;
use std::path::Path;

use super::arguments::{BillFormat, BillOptions, Format, PriceOptions};
use super::bill_charts;
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Findings, Problem};
use super::load::split_setting;
use crate::billing::{self, UsageFile, render, resource::Kind, resources};
use crate::pricing::{Bill, PriceBook, PriceError};
use crate::reader::{Disk, Setting};

/// How failures of this command are printed.
pub fn console(options: &BillOptions) -> Console {
    let format = if options.format == BillFormat::Json { Format::Json } else { Format::Text };
    Console::new(format, false)
}

pub fn bill(options: &BillOptions) -> Result<Exit, Failure> {
    if options.keys {
        console::result(&keys())?;
        return Ok(Exit::Fine);
    }
    let Some(path) = &options.usage else {
        return Err(Failure::new(Exit::BadInput, "usage", "no usage file is given").hint("floodplan bill usage.yaml"));
    };
    let book = book(&options.prices)?;
    let (file, after) = priced(path, &options.set, options, &book)?;
    for note in &file.notes {
        console::note(&format!("note: {note}\n"));
    }
    let before = match &options.against {
        Some(other) => Some((other, priced(other, &[], options, &book)?.1)),
        None => None,
    };
    if let Some(folder) = &options.charts {
        let before = before.as_ref().map(|(path, bill)| (path.as_path(), bill));
        bill_charts::write(folder, path, &file, &after, before, &book, options.load)?;
    }
    let text = match before {
        Some((_, before)) => match options.format {
            BillFormat::Text => render::diff(&before, &after),
            BillFormat::Json => format!("{:#}\n", render::diff_json(&before, &after)),
            _ => {
                let failure = Failure::new(Exit::BadInput, "usage", "differences are printed as text or JSON only");
                return Err(failure.hint("leave `--against` out, or choose `--format text` or `json`"));
            }
        },
        None => match options.format {
            BillFormat::Text => render::tree(&file, &after),
            BillFormat::Json => format!("{:#}\n", render::json(&file, &after)),
            BillFormat::Csv => render::csv(&after),
            BillFormat::Markdown => render::markdown(&after),
            BillFormat::Infracost => billing::infracost::write(&file),
        },
    };
    console::result(&text)?;
    Ok(Exit::Fine)
}

/// The tables of this program with the user's in their place.
pub fn book(options: &PriceOptions) -> Result<PriceBook, Failure> {
    let mut book = billing::price_book()?;
    for path in &options.prices {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(Exit::BadInput, "price-malformed-line", format!("{name} cannot be read: {error}")))?;
        let own = PriceBook::parse(&text, &name).map_err(in_user_table)?;
        book = book.merge(own).map_err(in_user_table)?;
    }
    Ok(book)
}

/// Mistakes in a table of the user's are not ours.
fn in_user_table(errors: Vec<PriceError>) -> Failure {
    let plain = |error: PriceError| Problem::Plain { code: error.code(), message: error.to_string(), hints: Vec::new() };
    Failure { exit: Exit::BadInput, problems: errors.into_iter().map(plain).collect() }
}

fn priced(path: &Path, set: &[String], options: &BillOptions, book: &PriceBook) -> Result<(UsageFile, Bill), Failure> {
    let mut settings = Vec::new();
    for text in set {
        let Some((path, value)) = split_setting(text) else {
            let failure = Failure::new(Exit::BadInput, "override", format!("`--set {text}`: a setting is written PATH=VALUE"));
            return Err(failure.hint("for example `--set services.queue.requests=5/s`"));
        };
        settings.push(Setting { origin: "--set".to_owned(), path: path.to_owned(), value: value.to_owned() });
    }
    let switches = [
        (options.month.is_some(), "month", options.month.clone().unwrap_or_default()),
        (options.no_free_tier, "allowances.always_free", "false".to_owned()),
        (options.twelve_months, "allowances.twelve_months", "true".to_owned()),
    ];
    for (_, path, value) in switches.into_iter().filter(|(on, ..)| *on) {
        settings.push(Setting { origin: format!("--{path}"), path: path.to_owned(), value });
    }
    let reading = billing::read(path, &Disk, &settings);
    let findings = Findings { diagnostics: reading.diagnostics, sources: reading.sources };
    let Some(file) = reading.file else { return Err(Failure::scenarios(vec![findings])) };
    console::note(&findings.diagnostics.render(&findings.sources, console::coloured_notes()));
    let priced = billing::bill(&file, book)?;
    Ok((file, priced))
}

/// All types of services and their keys, in Markdown.
pub fn keys() -> String {
    let mut text = String::from(
        "# Keys of usage files\n\nAt the top: `month` (730 h), `region` (us-east-1), `account`, `allowances` (`always_free: true`, \
         `twelve_months: false`, `used_up: { NAME: QUANTITY }`), `parameters`, `services`. Each service has a name, a `type`, and may \
         have a `region` and an `account` of its own. Sizes and durations have units; KB, MB and GB are powers of 1024. Values may \
         be expressions over the parameters.\n",
    );
    for resource in resources::all() {
        let _ = write!(text, "\n## {}\n\n{}\n\n", resource.name, resource.about);
        text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
        for key in resource.keys {
            let (value, default) = match key.kind {
                Kind::Count => ("number in the month, or a rate".to_owned(), "0"),
                Kind::Gigabytes => ("GB, or a size".to_owned(), "0"),
                Kind::Size(default) => ("size".to_owned(), default),
                Kind::Time(default) => ("duration".to_owned(), default),
                Kind::Hours => ("hours, or a duration".to_owned(), "month"),
                Kind::SomeHours => ("hours, or a duration".to_owned(), "0"),
                Kind::Plain(default) => ("number".to_owned(), default),
                Kind::Word(words) => (words.join(", "), words.first().copied().unwrap_or_default()),
                Kind::Name(default) => ("name".to_owned(), default),
                Kind::Regions => ("list of Regions".to_owned(), "none"),
            };
            let _ = writeln!(text, "| `{}` | {value} | {default} | {} |", key.name, key.about);
        }
    }
    text
}
