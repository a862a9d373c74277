//! The strings of an INF: `[Strings]` defines them, `%name%` puts them in.

use std::collections::{BTreeMap, BTreeSet};

use crate::parse::Section;
use crate::{Error, Line};

/// The name of the section that defines them, in lower case.
const SECTION: &str = "strings";

/// Puts all strings in where they are named, and returns the names of those that are not.
///
/// # Errors
/// When a string is used and not defined, or defined badly or twice.
pub(crate) fn put_in(sections: &mut BTreeMap<String, Section>) -> Result<BTreeSet<String>, Error> {
    let strings = sections.get(SECTION).map_or(Ok(BTreeMap::new()), |section| defined(&section.lines))?;
    let mut unused: BTreeSet<_> = strings.keys().cloned().collect();
    for (_, section) in sections.iter_mut().filter(|(name, _)| *name != SECTION) {
        for line in &mut section.lines {
            for text in line.fields.iter_mut().chain(line.key.as_mut()) {
                *text = with(&strings, &mut unused, text).map_err(|what| Error::new(line.number, what))?;
            }
        }
    }
    Ok(unused)
}

fn defined(lines: &[Line]) -> Result<BTreeMap<String, String>, Error> {
    let mut strings = BTreeMap::new();
    for line in lines {
        let (Some(key), [text]) = (&line.key, line.fields.as_slice()) else {
            return Err(Error::new(line.number, "a string is `name = \"text\"`"));
        };
        if strings.insert(key.to_ascii_lowercase(), text.clone()).is_some() {
            return Err(Error::new(line.number, format!("the string {key} is defined twice")));
        }
    }
    Ok(strings)
}

/// A text with its strings. Numbers between percent signs are folders that only Windows knows, and `%%` is one such sign.
fn with(
    strings: &BTreeMap<String, String>,
    unused: &mut BTreeSet<String>,
    text: &str,
) -> Result<String, String> {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('%') {
        let (name, behind) =
            after.split_once('%').ok_or_else(|| format!("`{text}` has a single percent sign"))?;
        let key = name.to_ascii_lowercase();
        done.push_str(before);
        if name.is_empty() {
            done.push('%');
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            done.extend(["%", name, "%"]);
        } else {
            done.push_str(strings.get(&key).ok_or_else(|| format!("the string {name} is not defined"))?);
            unused.remove(&key);
        }
        rest = behind;
    }
    done.push_str(rest);
    Ok(done)
}
