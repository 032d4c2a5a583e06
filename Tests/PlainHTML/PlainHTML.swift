/// A strict reading of a page: every element closed in order, every attribute quoted, no stray angle brackets, no unknown
/// references. What it cannot read, a browser might read as something else than was meant.
public struct PlainHTML: Sendable {
    /// A tag that opens an element.
    public struct Tag: Sendable {
        public let name: String
        public let attributes: [String: String]
        /// The names of the elements that it is in, the outermost first.
        public let parents: [String]
        /// The text in the element and in all that it holds, references resolved.
        public fileprivate(set) var text = ""
    }

    private static let empty: Set<String> = ["meta", "link", "input", "br", "rect", "path", "line", "wbr"]
    private static let references: Set<String> = ["amp", "lt", "gt", "quot", "#39"]

    /// The elements' names, and how often each is there.
    public private(set) var elements: [String: Int] = [:]
    /// The values of all attributes, by name.
    public private(set) var attributes: [String: [String]] = [:]
    /// The tags in their order.
    public private(set) var tags: [Tag] = []
    /// All text outside of tags, references resolved.
    public private(set) var text = ""

    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    public init(_ page: String) throws {
        guard page.hasPrefix("<!DOCTYPE html>\n") else { throw Malformed(description: "no document type") }
        var rest = page.dropFirst("<!DOCTYPE html>\n".count)
        var open: [String] = []
        var openTags: [Int] = []
        // By scalars: a bracket or a quote counts, whatever combines with it.
        while let character = rest.unicodeScalars.first {
            if character == "<" {
                guard let end = rest.unicodeScalars.firstIndex(of: ">") else {
                    throw Malformed(description: "an open tag: \(rest.prefix(80))")
                }
                let tag = rest[rest.unicodeScalars.index(after: rest.startIndex)..<end]
                rest = rest[rest.unicodeScalars.index(after: end)...]
                if tag.hasPrefix("/") {
                    guard open.popLast() == String(tag.dropFirst()) else {
                        throw Malformed(description: "<\(tag)> closes \(open)")
                    }
                    openTags.removeLast()
                } else {
                    let isClosed = tag.hasSuffix("/")
                    let name = try take(isClosed ? tag.dropLast() : tag, in: open)
                    if !isClosed, !Self.empty.contains(name) || (name == "rect" && rest.hasPrefix("<title>")) {
                        open.append(name)
                        openTags.append(tags.count - 1)
                    }
                }
            } else {
                let end = rest.unicodeScalars.firstIndex(of: "<") ?? rest.endIndex
                let piece = rest[..<end]
                guard open.last == "style" || !piece.unicodeScalars.contains(">") else {
                    throw Malformed(description: "a stray bracket: \(piece.prefix(80))")
                }
                if open.last != "style" {
                    let resolved = try Self.resolved(piece)
                    text += resolved
                    for tag in openTags { tags[tag].text += resolved }
                }
                rest = rest[end...]
            }
        }
        guard open.isEmpty else { throw Malformed(description: "not closed: \(open)") }
    }

    private mutating func take(_ tag: Substring, in parents: [String]) throws -> String {
        let name = String(tag.prefix { $0.isLowercase || $0.isNumber })
        guard !name.isEmpty else { throw Malformed(description: "no name in <\(tag.prefix(80))>") }
        elements[name, default: 0] += 1
        var rest = tag.dropFirst(name.count)
        var own: [String: String] = [:]
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: /\s([A-Za-z0-9-]+)="([^"<>]*)"/.matchingSemantics(.unicodeScalar))
            else {
                throw Malformed(description: "<\(tag.prefix(120))> has an attribute that is not quoted")
            }
            let value = try Self.resolved(match.2)
            attributes[String(match.1), default: []].append(value)
            guard own.updateValue(value, forKey: String(match.1)) == nil else {
                throw Malformed(description: "<\(tag.prefix(120))> has an attribute twice")
            }
            rest = rest[match.range.upperBound...]
        }
        tags.append(Tag(name: name, attributes: own, parents: parents))
        return name
    }

    private static func resolved(_ text: Substring) throws -> String {
        var resolved = ""
        var rest = text
        while let position = rest.unicodeScalars.firstIndex(of: "&") {
            resolved += rest[..<position]
            guard
                let match = rest[position...].prefixMatch(
                    of: /&([a-z]+|#[0-9]+);/.matchingSemantics(.unicodeScalar)),
                references.contains(String(match.1))
            else { throw Malformed(description: "not a reference: \(rest[position...].prefix(20))") }
            resolved += ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"][String(match.1)] ?? ""
            rest = rest[match.range.upperBound...]
        }
        return resolved + rest
    }
}
