//! A JSON or YAML document whose scalars can be replaced where they stand.
//!
//! JSON is read as YAML is (YAML 1.2.2, 1.3); comments, tags and the layout stay byte for byte.

use std::ops::Range;

use saphyr_parser::{Event, Parser, Span, Tag};

/// No template of a deploy tool nests as deeply; a hostile one gets no deeper.
const MAX_DEPTH: usize = 128;

/// Why a document was not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("it is neither JSON nor YAML: {0}")]
    Syntax(String),
    #[error("it nests more than {MAX_DEPTH} levels deep")]
    Depth,
    #[error("it is empty")]
    Empty,
}

/// A document and what it says.
///
/// Holding one proves that its text is well-formed; not that it is a template.
#[derive(Debug)]
pub(crate) struct Document {
    text: String,
    /// Where each line ends.
    ends: Vec<usize>,
    root: Node,
}

/// One value.
#[derive(Debug)]
pub(crate) struct Node {
    tag: Option<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
    /// An alias, which is not followed.
    Alias,
}

/// A scalar, and the bytes of the text that it takes.
#[derive(Debug)]
pub(crate) struct Scalar {
    value: String,
    span: Range<usize>,
}

impl Document {
    /// Reads the first document of a text.
    pub(crate) fn parse(text: String) -> Result<Self, DocumentError> {
        let root = Reader::new(&text).root()?;
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Ok(Self { text, ends, root })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at).saturating_add(1)
    }

    pub(crate) const fn root(&self) -> &Node {
        &self.root
    }

    /// The text, with each scalar for which `replace` has another value in its place.
    pub(crate) fn rewritten(&self, replace: &dyn Fn(&Scalar) -> Option<String>) -> String {
        let mut scalars = Vec::new();
        self.root.scalars(&mut scalars);
        let mut text = String::with_capacity(self.text.len());
        let mut end = 0;
        for scalar in scalars {
            let Some(value) = replace(scalar).filter(|value| *value != scalar.value) else { continue };
            text.push_str(self.text.get(end..scalar.span.start).unwrap_or_default());
            text.push_str(&quoted(&value));
            end = scalar.span.end;
        }
        text.push_str(self.text.get(end..).unwrap_or_default());
        text
    }
}

impl Node {
    /// The value of a scalar without a tag: what stands there is what is meant.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.value.as_str())
    }

    /// A scalar without a tag.
    pub(crate) const fn scalar(&self) -> Option<&Scalar> {
        match (&self.kind, &self.tag) {
            (Kind::Scalar(scalar), None) => Some(scalar),
            (Kind::Scalar(_), Some(_)) | (Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias, _) => None,
        }
    }

    /// The value of a mapping's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The keys of a mapping with their values; nothing of any other value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.entries().map(|(key, value)| (key.value(), value))
    }

    /// The keys of a mapping as they stand, with their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Scalar, &Self)> {
        self.mapping().iter().filter_map(|(key, value)| Some((key.scalar()?, value)))
    }

    /// The keys of a mapping with their values, whatever they are, and whatever tag it has.
    pub(crate) const fn mapping(&self) -> &[(Self, Self)] {
        match &self.kind {
            Kind::Mapping(pairs) => pairs.as_slice(),
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Alias => &[],
        }
    }

    /// The items of a sequence, whatever tag it has; nothing of any other value.
    pub(crate) const fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Sequence(items) => items.as_slice(),
            Kind::Scalar(_) | Kind::Mapping(_) | Kind::Alias => &[],
        }
    }

    /// The value of a scalar, whatever tag it has.
    pub(crate) const fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar.value.as_str()),
            Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias => None,
        }
    }

    /// Its tag, such as `!Ref`.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub(crate) const fn is_mapping(&self) -> bool {
        matches!(self.kind, Kind::Mapping(_))
    }

    pub(crate) const fn is_sequence(&self) -> bool {
        matches!(self.kind, Kind::Sequence(_))
    }

    pub(crate) const fn is_alias(&self) -> bool {
        matches!(self.kind, Kind::Alias)
    }

    /// Whether it is an alias or holds one.
    pub(crate) fn has_alias(&self) -> bool {
        match &self.kind {
            Kind::Scalar(_) => false,
            Kind::Sequence(items) => items.iter().any(Self::has_alias),
            Kind::Mapping(pairs) => pairs.iter().any(|(key, value)| key.has_alias() || value.has_alias()),
            Kind::Alias => true,
        }
    }

    /// Every scalar below, in the order of the text.
    pub(crate) fn scalars<'n>(&'n self, found: &mut Vec<&'n Scalar>) {
        match &self.kind {
            Kind::Scalar(scalar) => found.push(scalar),
            Kind::Sequence(items) => items.iter().for_each(|item| item.scalars(found)),
            Kind::Mapping(pairs) => pairs.iter().for_each(|(key, value)| {
                key.scalars(found);
                value.scalars(found);
            }),
            Kind::Alias => {}
        }
    }
}

impl Scalar {
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// Where it begins in the text, which no other scalar of the document does.
    pub(crate) const fn start(&self) -> usize {
        self.span.start
    }

    /// Whether it is this very scalar of the document.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.span == other.span
    }
}

/// As JSON quotes it, which YAML reads alike (YAML 1.2.2, 7.3.1).
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Builds the tree from the events of the parser.
struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    text: &'t str,
    /// Where each character begins: the parser counts characters.
    starts: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let starts = text.char_indices().map(|(start, _)| start).collect();
        Self { parser: Parser::new_from_str(text), text, starts }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), DocumentError> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(DocumentError::Syntax(error.to_string())),
            None => Err(DocumentError::Empty),
        }
    }

    fn root(&mut self) -> Result<Node, DocumentError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd | Event::DocumentEnd => return Err(DocumentError::Empty),
                event @ (Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd) => {
                    return self.node(event, span, 0)?.ok_or(DocumentError::Empty);
                }
            }
        }
    }

    /// The value that an event begins; nothing where it ends one.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Option<Node>, DocumentError> {
        if depth > MAX_DEPTH {
            return Err(DocumentError::Depth);
        }
        let name = |tag: Option<std::borrow::Cow<'_, Tag>>| tag.map(|tag| tag.to_string());
        let (tag, kind) = match event {
            Event::Scalar(value, _, _, tag) => {
                let scalar = Scalar { value: value.into_owned(), span: self.content(&span) };
                (name(tag), Kind::Scalar(scalar))
            }
            Event::SequenceStart(_, tag) => {
                let mut items = Vec::new();
                while let Some(item) = self.child(depth)? {
                    items.push(item);
                }
                (name(tag), Kind::Sequence(items))
            }
            Event::MappingStart(_, tag) => {
                let mut pairs = Vec::new();
                while let Some(key) = self.child(depth)? {
                    let value = self.child(depth)?.ok_or(DocumentError::Empty)?;
                    pairs.push((key, value));
                }
                (name(tag), Kind::Mapping(pairs))
            }
            Event::Alias(_) => (None, Kind::Alias),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Ok(None),
        };
        Ok(Some(Node { tag, kind }))
    }

    fn child(&mut self, depth: usize) -> Result<Option<Node>, DocumentError> {
        let (event, span) = self.next()?;
        self.node(event, span, depth + 1)
    }

    /// The bytes of a scalar without the tag and the anchor before it (YAML 1.2.2, 6.9), whose span the parser counts in.
    fn content(&self, span: &Span) -> Range<usize> {
        let mut bytes = self.bytes(span);
        while let Some(text) = self.text.get(bytes.clone())
            && text.starts_with(['!', '&'])
            && let Some(end) = text.find(char::is_whitespace)
            && let Some(rest) = text.get(end..)
        {
            bytes.start += end + (rest.len() - rest.trim_start().len());
        }
        bytes
    }

    fn bytes(&self, span: &Span) -> Range<usize> {
        let byte = |index: usize| self.starts.get(index).copied().unwrap_or(self.text.len());
        byte(span.start.index())..byte(span.end.index())
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn a_scalar_is_replaced_and_all_else_stays() {
        for (text, wanted) in [
            (
                "# é\nA: !Sub '${X}'\nB: old # why\nC: [old, !Ref old]\n",
                "# é\nA: !Sub '${X}'\nB: \"new\" # why\nC: [\"new\", !Ref old]\n",
            ),
            ("{\n \"é\": \"old\",\n \"n\": 1\n}\n", "{\n \"é\": \"new\",\n \"n\": 1\n}\n"),
            ("A: 'old'\nB: \"old\"\n", "A: \"new\"\nB: \"new\"\n"),
        ] {
            let document = Document::parse(text.to_owned()).unwrap();
            assert_eq!(document.rewritten(&|_| None), text);
            let mut scalars = Vec::new();
            document.root().scalars(&mut scalars);
            let tagged = text.find("!Ref").map(|at| at + "!Ref ".len());
            let new = document.rewritten(&|scalar| {
                (scalar.value() == "old" && Some(scalar.span.start) != tagged).then(|| "new".to_owned())
            });
            assert_eq!(new, wanted);
        }
    }

    #[test]
    fn deep_and_broken_texts_are_refused() {
        assert!(Document::parse("[".repeat(100_000)).is_err());
        assert!(Document::parse("{\"a\": ".to_owned()).is_err());
        assert!(Document::parse(String::new()).is_err());
    }
}
