import Testing

/// A strict reading of a page: every element closed in order, every attribute quoted, no stray angle brackets, no unknown
/// references. What it cannot read, a browser might read as something else than was meant.
struct PlainHTML {
    private static let empty: Set<String> = ["meta", "rect", "path", "line", "wbr"]
    private static let references: Set<String> = ["amp", "lt", "gt", "quot", "#39"]

    /// The elements' names in the order of their tags, and how often each is there.
    private(set) var elements: [String: Int] = [:]
    /// The values of all attributes, by name.
    private(set) var attributes: [String: [String]] = [:]
    /// All text outside of tags, references resolved.
    private(set) var text = ""

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(_ page: String) throws {
        guard page.hasPrefix("<!DOCTYPE html>\n") else { throw Malformed(description: "no document type") }
        var rest = page.dropFirst("<!DOCTYPE html>\n".count)
        var open: [String] = []
        while let character = rest.first {
            if character == "<" {
                guard let end = rest.firstIndex(of: ">") else {
                    throw Malformed(description: "an open tag: \(rest.prefix(80))")
                }
                let tag = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
                if tag.hasPrefix("/") {
                    guard open.popLast() == String(tag.dropFirst()) else {
                        throw Malformed(description: "<\(tag)> closes \(open)")
                    }
                } else {
                    let isClosed = tag.hasSuffix("/")
                    let name = try take(isClosed ? tag.dropLast() : tag)
                    if !isClosed, !Self.empty.contains(name) || (name == "rect" && rest.hasPrefix("<title>")) {
                        open.append(name)
                    }
                }
            } else {
                let end = rest.firstIndex(of: "<") ?? rest.endIndex
                let piece = rest[..<end]
                guard open.last == "style" || !piece.contains(">") else {
                    throw Malformed(description: "a stray bracket: \(piece.prefix(80))")
                }
                text += open.last == "style" ? "" : try Self.resolved(piece)
                rest = rest[end...]
            }
        }
        guard open.isEmpty else { throw Malformed(description: "not closed: \(open)") }
    }

    private mutating func take(_ tag: Substring) throws -> String {
        let name = String(tag.prefix { $0.isLowercase || $0.isNumber })
        guard !name.isEmpty else { throw Malformed(description: "no name in <\(tag.prefix(80))>") }
        elements[name, default: 0] += 1
        var rest = tag.dropFirst(name.count)
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: /\s([A-Za-z0-9-]+)="([^"<>]*)"/) else {
                throw Malformed(description: "<\(tag.prefix(120))> has an attribute that is not quoted")
            }
            attributes[String(match.1), default: []].append(try Self.resolved(match.2))
            rest = rest[match.range.upperBound...]
        }
        return name
    }

    private static func resolved(_ text: Substring) throws -> String {
        var resolved = ""
        var rest = text
        while let position = rest.firstIndex(of: "&") {
            resolved += rest[..<position]
            guard let match = rest[position...].prefixMatch(of: /&([a-z]+|#[0-9]+);/),
                references.contains(String(match.1))
            else { throw Malformed(description: "not a reference: \(rest[position...].prefix(20))") }
            resolved += ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"][String(match.1)] ?? ""
            rest = rest[match.range.upperBound...]
        }
        return resolved + rest
    }
}
