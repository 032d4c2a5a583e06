internal import ConsentModel
internal import LedgerCrypto

/// The private fields of a record that a bundle opens, and the commitments of those that it does not: `private/INDEX.json`.
struct EvidencePrivatePart: Hashable, Sendable {
    /// Those that are shown, in ascending order of their names.
    let fields: [PrivateField]
    /// The commitments of the others, in ascending order.
    let hidden: [SHA256Digest]

    init(fields: [PrivateField], hidden: [SHA256Digest]) {
        self.fields = fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.hidden = hidden.sorted()
    }

    /// The digest that the event commits to if these are its fields.
    func commitment(ledgerID: SHA256Digest, event: EventID) -> SHA256Digest {
        PrivateField.commitmentDigest(
            fields.map { $0.commitment(ledgerID: ledgerID.bytes, event: event) } + hidden)
    }

    /// The file: a line of JSON.
    var bytes: [UInt8] { Array((json.text + "\n").utf8) }

    private var json: JSONValue {
        .object([
            "fields": .array(
                fields.map { field in
                    let text = String(validating: field.value, as: UTF8.self)
                    return .object([
                        "name": .string(field.name), "salt": .string(Hexadecimal.encode(field.salt)),
                        text == nil ? "value-hex" : "value": .string(FieldText.text(ofPrivate: field.value)),
                    ])
                }),
            "hidden": .strings(hidden.map(\.description)),
        ])
    }

    /// Reads the file; throws `notEvidence` unless it is exactly what `bytes` gives.
    init(parsing bytes: [UInt8]) throws(AuditError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw AuditError(.notEvidence, "\(error)") }
        let members = EvidenceMembers(json, of: "the private part")
        var fields: [PrivateField] = []
        for element in try members.array("fields") {
            let field = EvidenceMembers(element, of: "a private field")
            let value =
                try element["value-hex"] == nil
                ? Array(field.text("value").utf8) : Hexadecimal.decode(field.text("value-hex"))
            guard let value, let salt = Hexadecimal.decode(try field.text("salt")) else {
                throw AuditError(.notEvidence, "a private field has a salt or a value that is not hexadecimal")
            }
            do { fields.append(try PrivateField(name: field.text("name"), value: value, salt: salt)) } catch {
                throw AuditError(.notEvidence, "a private field cannot be: \(error)")
            }
        }
        var hidden: [SHA256Digest] = []
        for text in try members.texts("hidden") {
            guard let digest = Hexadecimal.decode(text).flatMap({ SHA256Digest($0) }) else {
                throw AuditError(.notEvidence, "a commitment is not 64 hexadecimal digits")
            }
            hidden.append(digest)
        }
        self.init(fields: fields, hidden: hidden)
        guard self.bytes == bytes else {
            throw AuditError(.notEvidence, "the private part is not in the one form that it could have")
        }
        guard Set(fields.map(\.name)).count == fields.count, fields.count + hidden.count <= PrivateField.mostFields
        else {
            throw AuditError(
                .notEvidence,
                "the private part has a name twice, or more than \(PrivateField.mostFields) fields")
        }
    }
}
