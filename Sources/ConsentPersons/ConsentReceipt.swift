internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
package import LedgerCrypto
package import TransparencyLog

/// A consent receipt (ISO/IEC TS 27560:2023): what a person agreed to, refused and withdrew, for that person.
package struct ConsentReceipt {
    package let reading: PersonReading
    package let controller: ControllerFile
    /// What names the receipt: a UUID (RFC 9562, version 4).
    package let id: String
    package let language: String
    /// The checkpoint that the log published last.
    package let checkpoint: SignedCheckpoint?

    /// What the profile asks for and neither the ledger nor the file on the business says, in ascending order.
    package enum Missing: String, CaseIterable {
        case contact, jurisdiction, notice, recipients, retention, rights, time, withdrawal
        case postalAddress = "postal-address"
        case storageLocations = "storage-locations"
    }

    package init(
        _ reading: PersonReading, _ controller: ControllerFile, language: String, checkpoint: SignedCheckpoint?,
        random: any RandomSource = SystemRandomSource()
    ) {
        self.reading = reading
        self.controller = controller
        self.language = language
        self.checkpoint = checkpoint
        id = UUIDText.random(random)
    }

    package var missing: [Missing] {
        Missing.allCases.filter { field in
            switch field {
            case .contact: controller.email == nil && controller.phone == nil && controller.url == nil
            case .jurisdiction: reading.business.country == nil
            case .notice: reading.consents.contains { $0.carrier?.notice == nil }
            case .recipients: controller.recipients == nil
            case .retention: controller.retention == nil
            case .rights: controller.rights == nil
            case .time:
                reading.consents.flatMap(\.acts).contains { $0.event?.occurredAt == nil }
            case .withdrawal: controller.withdrawal == nil
            case .postalAddress: controller.postalAddress == nil
            case .storageLocations: controller.storageLocations == nil
            }
        }.sorted { $0.rawValue < $1.rawValue }
    }

    /// What names the business: as it says itself, else derived.
    package var controllerIRI: String { controller.iri ?? "urn:uuid:" + derivedID("controller", reading.business.id) }

    /// What names the person: derived, and the same in all receipts of theirs.
    package var subjectIRI: String { "urn:uuid:" + derivedID("data-subject", reading.handles.first?.description ?? "") }

    /// What names the consent to something: derived, and the same in all receipts that have it.
    package func recordID(of cell: PersonCells.Cell) -> String {
        derivedID(
            "consent-record", reading.handles.first?.description ?? "", cell.channel, cell.category.id,
            cell.sender ?? "")
    }

    /// The checkpoint as it was published.
    package var checkpointText: String? { checkpoint.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Whether the published checkpoint covers a record.
    package func isPublished(_ record: PersonRecord) -> Bool {
        checkpoint.map { record.index < $0.checkpoint.size } ?? false
    }

    private func derivedID(_ parts: String...) -> String {
        UUIDText.derived(from: ["consent-ledger/receipt/v1", reading.ledgerID?.description ?? ""] + parts)
    }
}

/// UUIDs as texts (RFC 9562).
package enum UUIDText {
    /// Of version 4: random.
    package static func random(_ random: any RandomSource) -> String { text(random.bytes(16), version: 4) }

    /// Of version 8: the first bytes of SHA-256 over the parts in UTF-8, each ended by a zero byte.
    package static func derived(from parts: [String]) -> String {
        text(Array(SHA256Digest(hashing: parts.flatMap { Array($0.utf8) + [0] }).bytes.prefix(16)), version: 8)
    }

    private static func text(_ random: [UInt8], version: UInt8) -> String {
        var bytes = random
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Hexadecimal.encode(bytes)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(place) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
