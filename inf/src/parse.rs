//! Reading an INF file: sections, lines, fields, strings.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, strings};

/// One line of a section: `key = field, field` or `field, field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, in the file; of a line that is continued, its first.
    pub number: usize,
    /// What stands before the equals sign, if there is one.
    pub key: Option<String>,
    /// The rest, without quotes and with its `%strings%` put in. At least one field, which may be empty.
    pub fields: Vec<String>,
}

/// A section: its lines in order. Windows joins sections of the same name, so they are one here too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// As it was first written.
    pub name: String,
    /// Where it begins.
    pub number: usize,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Section {
    /// The fields of the only line with that key; `None` if there is none.
    ///
    /// # Errors
    /// When there are several.
    pub fn get(&self, key: &str) -> Result<Option<&Line>, Error> {
        let mut lines = self.all(key);
        let found = lines.next();
        match lines.next() {
            Some(second) => Err(Error::new(second.number, format!("{key} stands twice in [{}]", self.name))),
            None => Ok(found),
        }
    }

    /// The same, of a line that must be there and has one field.
    ///
    /// # Errors
    /// When it is not so.
    pub fn value(&self, key: &str) -> Result<&str, Error> {
        let line = self.get(key)?.ok_or_else(|| self.lacks(key))?;
        match line.fields.as_slice() {
            [value] => Ok(value),
            _ => Err(Error::new(line.number, format!("{key} takes one value"))),
        }
    }

    /// The lines with that key. Keys are compared without case.
    pub fn all<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = &'a Line> + use<'a, 'k> {
        self.lines
            .iter()
            .filter(move |line| line.key.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(key)))
    }

    pub(crate) fn lacks(&self, key: &str) -> Error {
        Error::new(self.number, format!("[{}] has no {key}", self.name))
    }
}

/// A whole INF file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inf {
    /// By their names in lower case.
    sections: BTreeMap<String, Section>,
    /// Names of strings that nothing uses, in lower case.
    unused_strings: BTreeSet<String>,
}

impl Inf {
    /// Reads a file.
    ///
    /// # Errors
    /// When a line is malformed, stands before the first section, or uses a string that `[Strings]` does not define.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut sections: BTreeMap<String, Section> = BTreeMap::new();
        let mut current = None;
        for (number, line) in logical_lines(text)? {
            if line.starts_with('[') {
                let name = heading(number, &line)?;
                let key = name.to_ascii_lowercase();
                sections.entry(key.clone()).or_insert(Section { name, number, lines: Vec::new() });
                current = Some(key);
                continue;
            }
            let section = current.as_ref().and_then(|key| sections.get_mut(key));
            let section = section.ok_or_else(|| Error::new(number, "a line before the first section"))?;
            section.lines.push(split(number, &line)?);
        }
        let unused_strings = strings::put_in(&mut sections)?;
        Ok(Self { sections, unused_strings })
    }

    /// The section of that name, compared without case.
    ///
    /// # Errors
    /// When there is none.
    pub fn section(&self, name: &str) -> Result<&Section, Error> {
        self.find(name).ok_or_else(|| Error::new(0, format!("there is no section [{name}]")))
    }

    /// The same, if there is one.
    pub fn find(&self, name: &str) -> Option<&Section> {
        self.sections.get(&name.to_ascii_lowercase())
    }

    /// All sections, in alphabetical order.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.values()
    }

    /// The names of strings that are defined and not used, in lower case.
    pub fn unused_strings(&self) -> impl Iterator<Item = &str> {
        self.unused_strings.iter().map(String::as_str)
    }
}

/// Lines without comments and space around them, continued ones joined, empty ones left out; each with its number.
fn logical_lines(text: &str) -> Result<Vec<(usize, String)>, Error> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let content = without_comment(number, raw)?.trim();
        let (first, mut line) = open.take().unwrap_or((number, String::new()));
        if let Some(begun) = content.strip_suffix('\\') {
            line.push_str(begun);
            open = Some((first, line));
            continue;
        }
        line.push_str(content);
        if !line.is_empty() {
            lines.push((first, line));
        }
    }
    match open {
        Some((number, _)) => Err(Error::new(number, "the file ends within a continued line")),
        None => Ok(lines),
    }
}

/// What stands before the first semicolon outside of quotes.
fn without_comment(number: usize, line: &str) -> Result<&str, Error> {
    let mut quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => return Ok(&line[..at]),
            _ => {}
        }
    }
    if quoted { Err(Error::new(number, "a quote is not closed")) } else { Ok(line) }
}

fn heading(number: usize, line: &str) -> Result<String, Error> {
    let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match name {
        // Windows' own limit, of LINE_LEN characters.
        Some(name) if !name.is_empty() && name.len() < 255 && !name.contains(['[', ']', '"']) => {
            Ok(name.to_owned())
        }
        _ => Err(Error::new(number, format!("`{line}` is no section's heading"))),
    }
}

fn split(number: usize, line: &str) -> Result<Line, Error> {
    let mut parts = unquoted(number, line, '=', 2)?.into_iter();
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let key = second.is_some().then(|| first.trim().to_owned());
    if key.as_deref() == Some("") {
        return Err(Error::new(number, "nothing stands before the equals sign"));
    }
    let fields = unquoted(number, second.unwrap_or(first), ',', usize::MAX)?;
    let fields = fields.into_iter().map(|field| plain(number, field.trim())).collect::<Result<_, _>>()?;
    Ok(Line { number, key, fields })
}

/// Splits at a character outside of quotes, into so many parts at most.
fn unquoted(number: usize, text: &str, at: char, most: usize) -> Result<Vec<&str>, Error> {
    let (mut parts, mut begin, mut quoted) = (Vec::new(), 0, false);
    for (index, character) in text.char_indices() {
        if character == '"' {
            quoted = !quoted;
        } else if character == at && !quoted && parts.len() + 1 < most {
            parts.push(&text[begin..index]);
            begin = index + at.len_utf8();
        }
    }
    if quoted {
        return Err(Error::new(number, "a quote is not closed"));
    }
    parts.push(&text[begin..]);
    Ok(parts)
}

/// A field without its quotes; two of them within quotes are one.
fn plain(number: usize, field: &str) -> Result<String, Error> {
    let Some(inner) = field.strip_prefix('"') else {
        return if field.contains('"') {
            Err(Error::new(number, format!("`{field}` has a quote in its middle")))
        } else {
            Ok(field.to_owned())
        };
    };
    let inner = inner.strip_suffix('"').unwrap_or_default();
    if inner.replace("\"\"", "").contains('"') {
        return Err(Error::new(number, format!("`{field}` has a quote in its middle")));
    }
    Ok(inner.replace("\"\"", "\""))
}
