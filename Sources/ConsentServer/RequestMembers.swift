internal import ConsentLedger
internal import ConsentModel

/// The members of a JSON object of a request, of which each is taken once; what is left is unknown.
struct RequestMembers {
    private let place: String
    private var members: [String: JSONValue]

    /// Throws `malformedRequest` unless `value` is an object; `place` is what to call it.
    init(_ value: JSONValue, place: String) throws(ServerError) {
        guard case .object(let members) = value else {
            throw ServerError(.malformedRequest, "\(place) is not a JSON object")
        }
        self.place = place
        self.members = members
    }

    private func wrong(_ name: String, _ wanted: String) -> ServerError {
        ServerError(.malformedRequest, "“\(name)” of \(place) is not \(wanted)")
    }

    /// The value of a member; `nil` where it is not there, or null.
    mutating func value(_ name: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: name), value != .null else { return nil }
        return value
    }

    mutating func text(_ name: String) throws(ServerError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw wrong(name, "a string") }
        return text
    }

    mutating func texts(_ name: String) throws(ServerError) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let items = value.array else { throw wrong(name, "an array of strings") }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else { throw wrong(name, "an array of strings") }
        return texts
    }

    mutating func number(_ name: String) throws(ServerError) -> UInt64? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value, let number = UInt64(digits) else { throw wrong(name, "a whole number") }
        return number
    }

    mutating func flag(_ name: String) throws(ServerError) -> Bool {
        guard let value = value(name) else { return false }
        guard case .bool(let flag) = value else { throw wrong(name, "true or false") }
        return flag
    }

    mutating func time(_ name: String) throws -> OccurredAt? { try text(name).map { try OccurredAt(parsing: $0) } }

    mutating func optionalArray(_ name: String, most: Int) throws(ServerError) -> [JSONValue]? {
        guard members[name, default: .null] != .null else {
            members[name] = nil
            return nil
        }
        return try array(name, most: most)
    }

    mutating func array(_ name: String, most: Int) throws(ServerError) -> [JSONValue] {
        guard let items = value(name)?.array else { throw wrong(name, "an array") }
        guard 1...most ~= items.count else { throw wrong(name, "an array of 1 to \(most) elements") }
        return items
    }

    mutating func needed(_ name: String) throws(ServerError) -> String {
        guard let text = try text(name) else { throw wrong(name, "there") }
        return text
    }

    /// Refuses what was not taken.
    func finish() throws(ServerError) {
        guard let name = members.keys.min() else { return }
        throw ServerError(.malformedRequest, "\(place) has no member “\(name.prefix(60))”; see openapi.yaml")
    }
}
