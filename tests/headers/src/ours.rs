//! What `miniport/sys` declares, read from its sources.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Item, LitInt, Token, Type, braced, parenthesized};

/// All declarations by their names, which are those of the headers.
#[derive(Debug, Default)]
pub struct Declarations {
    /// Structures: their fields in order.
    pub structures: BTreeMap<String, Vec<String>>,
    /// The figures that are asserted of types: size and offsets.
    pub layouts: BTreeMap<String, Layout>,
    /// Interfaces' tables of functions.
    pub tables: BTreeMap<String, Table>,
    /// Numbers, status codes among them, as they are in 64 bits.
    pub numbers: BTreeMap<String, i128>,
    /// GUIDs, as numbers of 128 bits.
    pub guids: BTreeMap<String, u128>,
}

/// Size and offsets of a type, in bytes.
#[derive(Debug)]
pub struct Layout {
    /// Size.
    pub size: u64,
    /// Offsets of fields, `a.b` for one within another.
    pub offsets: BTreeMap<String, u64>,
}

/// A table of functions.
#[derive(Debug)]
pub struct Table {
    /// The table whose slots come first.
    pub base: Option<String>,
    /// Names and numbers of arguments, the object's own address not counted.
    pub slots: Vec<(String, usize)>,
}

impl Declarations {
    /// Reads all sources below a folder.
    ///
    /// # Errors
    /// When a file can't be read or is no Rust.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut found = Self::default();
        found.read_folder(folder)?;
        Ok(found)
    }

    /// The slots of a table, those of its base first.
    pub fn slots(&self, table: &str) -> Vec<(String, usize)> {
        let Some(Table { base, slots }) = self.tables.get(table) else { return Vec::new() };
        let mut all = base.as_ref().map(|base| self.slots(base)).unwrap_or_default();
        all.extend(slots.iter().cloned());
        all
    }

    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        let entries = std::fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                self.read_folder(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path)?;
                let file = syn::parse_file(&text).with_context(|| path.display().to_string())?;
                self.read_items(&file.items).with_context(|| path.display().to_string())?;
            }
        }
        Ok(())
    }

    fn read_items(&mut self, items: &[Item]) -> Result<()> {
        for item in items {
            match item {
                Item::Struct(item) => {
                    let names =
                        item.fields.iter().filter_map(|field| Some(field.ident.as_ref()?.to_string()));
                    self.structures.insert(item.ident.to_string(), names.collect());
                }
                Item::Const(item) => {
                    self.number(&item.ident, &item.expr);
                }
                Item::Macro(item) => {
                    let tokens = item.mac.tokens.clone();
                    match item.mac.path.get_ident().map(ToString::to_string).as_deref() {
                        Some("layout") => {
                            let LayoutItem(name, layout) = syn::parse2(tokens)?;
                            self.layouts.insert(name, layout);
                        }
                        Some("vtable") => {
                            let TableItem(name, table) = syn::parse2(tokens)?;
                            self.tables.insert(name, table);
                        }
                        Some("guids" | "numbers" | "statuses") => {
                            for Number(name, value) in syn::parse2::<Numbers>(tokens)?.0 {
                                self.number(&name, &value);
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps a constant whose value stands in the source; the few that are computed are not compared.
    fn number(&mut self, name: &Ident, value: &Expr) {
        let Expr::Lit(literal) = value else { return };
        let syn::Lit::Int(literal) = &literal.lit else { return };
        // GUIDs are the only numbers with thirty-two digits.
        let digits = literal.to_string();
        if digits.starts_with("0x") && digits.replace('_', "").len() >= 34 {
            if let Ok(value) = literal.base10_parse::<u128>() {
                self.guids.insert(name.to_string(), value);
            }
        } else if let Ok(value) = literal.base10_parse::<i128>() {
            self.numbers.insert(name.to_string(), value);
        }
    }
}

struct LayoutItem(String, Layout);

impl Parse for LayoutItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        let size = input.parse::<LitInt>()?.base10_parse()?;
        let body;
        braced!(body in input);
        let mut offsets = BTreeMap::new();
        for Offset(path, offset) in Punctuated::<Offset, Token![,]>::parse_terminated(&body)? {
            offsets.insert(path, offset);
        }
        Ok(Self(name.to_string(), Layout { size, offsets }))
    }
}

struct Offset(String, u64);

impl Parse for Offset {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = Punctuated::<Ident, Token![.]>::parse_separated_nonempty(input)?;
        input.parse::<Token![:]>()?;
        let path: Vec<_> = path.iter().map(ToString::to_string).collect();
        Ok(Self(path.join("."), input.parse::<LitInt>()?.base10_parse()?))
    }
}

struct TableItem(String, Table);

impl Parse for TableItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name: Ident = input.parse()?;
        let base = if input.peek(Token![:]) {
            input.parse::<Token![:]>()?;
            Some(input.parse::<Ident>()?.to_string())
        } else {
            None
        };
        let body;
        braced!(body in input);
        let mut slots = Vec::new();
        while !body.is_empty() {
            body.call(Attribute::parse_outer)?;
            let slot: Ident = body.parse()?;
            let arguments;
            parenthesized!(arguments in body);
            slots.push((
                slot.to_string(),
                Punctuated::<Argument, Token![,]>::parse_terminated(&arguments)?.len(),
            ));
            if body.peek(Token![->]) {
                body.parse::<Token![->]>()?;
                body.parse::<Type>()?;
            }
            body.parse::<Token![;]>()?;
        }
        Ok(Self(name.to_string(), Table { base, slots }))
    }
}

struct Argument;

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Ident>()?;
        input.parse::<Token![:]>()?;
        input.parse::<Type>()?;
        Ok(Self)
    }
}

struct Number(Ident, Expr);

struct Numbers(Punctuated<Number, Token![;]>);

impl Parse for Numbers {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Punctuated::parse_terminated(input).map(Self)
    }
}

impl Parse for Number {
    /// `NAME = value` or `NAME: type = value`.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        if input.peek(Token![:]) {
            input.parse::<Token![:]>()?;
            input.parse::<Type>()?;
        }
        input.parse::<Token![=]>()?;
        Ok(Self(name, input.parse()?))
    }
}
