//! What mingw-w64's headers declare: types and numbers through bindgen, GUIDs and status codes from their text.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use syn::{Expr, Fields, Item, Lit, Stmt, Type, UnOp};

/// Where distributions put the headers: Debian; Fedora and openSUSE; Arch.
const FOLDERS: [&str; 3] = [
    "/usr/share/mingw-w64/include",
    "/usr/x86_64-w64-mingw32/sys-root/mingw/include",
    "/usr/x86_64-w64-mingw32/include",
];

/// The headers with the two types and the one name that they use and do not define.
const HEADER: &str = "\
    #define TCHAR WCHAR\n\
    typedef struct NOT_DEFINED_LATENCY KSRTAUDIO_HWLATENCY;\n\
    typedef struct NOT_DEFINED_REGISTER KSRTAUDIO_HWREGISTER;\n\
    #define CINTERFACE\n\
    #include <ntddk.h>\n\
    #include <portcls.h>\n";

/// Enumerations: bindgen finds the numbers in them only together with them.
const ENUMERATIONS: &str = "KS.*|EPcx.*|EPxc.*|_?DEVICE_REGISTRY_PROPERTY";

/// The headers with GUIDs and with status codes.
const TEXTS: [&str; 4] = ["ks.h", "ksmedia.h", "ddk/portcls.h", "ntstatus.h"];

/// A type's size, fields and functions.
#[derive(Debug, Default)]
struct Shape {
    is_union: bool,
    size: u64,
    offsets: BTreeMap<String, u64>,
    /// In order; for functions with the number of their arguments, the object's address not counted.
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    /// The type, if it is a plain name.
    type_name: Option<String>,
    arguments: Option<usize>,
}

/// All declarations.
#[derive(Debug, Default)]
pub struct Headers {
    shapes: BTreeMap<String, Shape>,
    aliases: BTreeMap<String, String>,
    /// Numbers, status codes among them.
    pub numbers: BTreeMap<String, i128>,
    /// GUIDs, as numbers of 128 bits.
    pub guids: BTreeMap<String, u128>,
}

impl Headers {
    /// Reads what the headers of this machine say of types and numbers with these names, and all their GUIDs.
    ///
    /// # Errors
    /// When they are not here or bindgen can't read them.
    pub fn read<'a>(
        types: impl Iterator<Item = &'a str>,
        numbers: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        let folder = FOLDERS.iter().map(PathBuf::from).find(|folder| folder.join("ddk/portcls.h").is_file());
        let folder = folder.context("mingw-w64's headers are not here: `cargo xtask test --only headers`")?;
        let bindings = bindgen::Builder::default()
            .header_contents("windows.h", HEADER)
            .clang_args(["--target=x86_64-w64-mingw32", "-w"])
            .clang_args([format!("-isystem{}", folder.join("ddk").display())])
            .clang_args([format!("-isystem{}", folder.display())])
            .allowlist_type(types.collect::<Vec<_>>().join("|"))
            .allowlist_type(ENUMERATIONS)
            .allowlist_var(numbers.collect::<Vec<_>>().join("|"))
            .prepend_enum_name(false)
            .generate()
            .context("bindgen can't read mingw-w64's headers")?;
        let mut headers = Self::default();
        headers.read_items(&syn::parse_file(&bindings.to_string())?.items)?;
        for text in TEXTS {
            headers.read_text(&std::fs::read_to_string(folder.join(text)).with_context(|| text.to_owned())?);
        }
        Ok(headers)
    }

    /// The size of a type, if it is known.
    pub fn size(&self, name: &str) -> Option<u64> {
        self.shape(name).map(|shape| shape.size)
    }

    /// The offset of a field, also of one in a nameless structure or union within.
    pub fn offset(&self, name: &str, field: &str) -> Option<u64> {
        let shape = self.shape(name)?;
        if let Some(offset) = shape.offsets.get(field) {
            return Some(*offset);
        }
        let nameless = shape.fields.iter().filter(|own| own.name.starts_with("__bindgen_anon"));
        nameless.into_iter().find_map(|own| {
            // Everything in a union begins where it does, so bindgen does not say so.
            let begin = shape.offsets.get(&own.name).copied().or(shape.is_union.then_some(0))?;
            Some(begin + self.offset(own.type_name.as_deref()?, field)?)
        })
    }

    /// The functions of an interface's table, in order.
    pub fn slots(&self, table: &str) -> Option<Vec<(String, usize)>> {
        let fields = self.shape(table)?.fields.iter();
        Some(fields.map(|field| (field.name.clone(), field.arguments.unwrap_or_default())).collect())
    }

    fn shape(&self, name: &str) -> Option<&Shape> {
        let mut name = name;
        while let Some(other) = self.aliases.get(name) {
            name = other;
        }
        self.shapes.get(name).filter(|shape| shape.size > 0)
    }

    fn read_items(&mut self, items: &[Item]) -> Result<()> {
        for item in items {
            match item {
                Item::Struct(item) => self.fields(&item.ident.to_string(), &item.fields),
                Item::Union(item) => {
                    let name = item.ident.to_string();
                    self.fields(&name, &Fields::Named(item.fields.clone()));
                    self.shapes.entry(name).or_default().is_union = true;
                }
                Item::Type(item) => {
                    if let Some(other) = plain(&item.ty) {
                        self.aliases.insert(item.ident.to_string(), other);
                    }
                }
                Item::Const(item) => match &*item.expr {
                    Expr::Block(block) if item.ident == "_" => self.assertions(&block.block.stmts)?,
                    Expr::Index(_) if item.ident == "_" => self.assertion(&item.expr)?,
                    value => {
                        if let Some(value) = number(value) {
                            self.numbers.insert(item.ident.to_string(), value);
                        }
                    }
                },
                _ => {}
            }
        }
        Ok(())
    }

    fn fields(&mut self, name: &str, fields: &Fields) {
        let fields = fields.iter().filter_map(|field| {
            Some(Field {
                name: field.ident.as_ref()?.to_string(),
                type_name: plain(&field.ty),
                arguments: arguments(&field.ty).map(|count| count.saturating_sub(1)),
            })
        });
        self.shapes.entry(name.to_owned()).or_default().fields = fields.collect();
    }

    /// bindgen's own: `["Size of A"][size_of::<A>() - 8usize]; ["Offset of field: A::b"][offset_of!(A, b) - 4usize];`
    fn assertions(&mut self, statements: &[Stmt]) -> Result<()> {
        for statement in statements {
            if let Stmt::Expr(expression, _) = statement {
                self.assertion(expression)?;
            }
        }
        Ok(())
    }

    fn assertion(&mut self, expression: &Expr) -> Result<()> {
        let Expr::Index(index) = expression else { bail!("bindgen asserts in another way than it did") };
        let (Expr::Array(text), Expr::Binary(difference)) = (&*index.expr, &*index.index) else {
            bail!("bindgen asserts in another way than it did");
        };
        let Some(Expr::Lit(text)) = text.elems.first() else { bail!("bindgen asserts without a text") };
        let (Lit::Str(text), Some(value)) = (&text.lit, number(&difference.right)) else {
            bail!("bindgen asserts without a figure");
        };
        let (text, value) = (text.value(), u64::try_from(value)?);
        if let Some(name) = text.strip_prefix("Size of ") {
            self.shapes.entry(name.to_owned()).or_default().size = value;
        } else if let Some((name, field)) =
            text.strip_prefix("Offset of field: ").and_then(|path| path.split_once("::"))
        {
            self.shapes.entry(name.to_owned()).or_default().offsets.insert(field.to_owned(), value);
        }
        Ok(())
    }

    /// `DEFINE_GUID(NAME, 0x1, ...)`, `DEFINE_GUIDSTRUCT("...", NAME)`, `#define STATUS_X ((NTSTATUS)0x...)`.
    fn read_text(&mut self, text: &str) {
        for line in text.split("DEFINE_GUID").skip(1) {
            let Some((inner, _)) = line.split_once(')') else { continue };
            if let Some(inner) = inner.strip_prefix("STRUCT(\"") {
                let Some((digits, name)) = inner.split_once("\",") else { continue };
                if let Ok(value) = u128::from_str_radix(&digits.replace('-', ""), 16) {
                    self.guids.insert(name.trim().to_owned(), value);
                }
            } else if let Some((name, value)) =
                inner.strip_prefix('(').and_then(|inner| inner.split_once(','))
            {
                if let Some(value) = guid(value) {
                    self.guids.insert(name.trim().to_owned(), value);
                }
            }
        }
        for line in text.lines().filter_map(|line| line.strip_prefix("#define STATUS_")) {
            let Some((name, value)) = line.split_once("((NTSTATUS)0x") else { continue };
            if let Ok(value) = i128::from_str_radix(value.trim().trim_end_matches([')', 'L']), 16) {
                self.numbers.insert(format!("STATUS_{}", name.trim()), value);
            }
        }
    }
}

/// `0x1, 0x2, 0x3, 0x4, ... ` in eleven parts: one of 32 bits, two of 16, eight of 8.
fn guid(text: &str) -> Option<u128> {
    const BITS: [u32; 11] = [32, 16, 16, 8, 8, 8, 8, 8, 8, 8, 8];
    let parts: Vec<_> = text.split(',').map(|part| part.trim().trim_end_matches('L')).collect();
    if parts.len() != BITS.len() {
        return None;
    }
    parts.iter().zip(BITS).try_fold(0, |all, (part, bits)| {
        let digits = part.strip_prefix("0x")?;
        Some(all << bits | u128::from_str_radix(digits, 16).ok()?)
    })
}

fn number(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(literal) => literal.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Some(-number(&unary.expr)?),
        _ => None,
    }
}

/// A type that is one name.
fn plain(kind: &Type) -> Option<String> {
    let Type::Path(path) = kind else { return None };
    Some(path.path.get_ident()?.to_string())
}

/// How many arguments `Option<unsafe extern "C" fn(...)>` has.
fn arguments(kind: &Type) -> Option<usize> {
    let Type::Path(path) = kind else { return None };
    let syn::PathArguments::AngleBracketed(inner) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match inner.args.first()? {
        syn::GenericArgument::Type(Type::BareFn(function)) => Some(function.inputs.len()),
        _ => None,
    }
}
