internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
public import TransparencyLog

/// Checks bundles of evidence offline, with nothing but what they hold and what an auditor pins.
public struct EvidenceVerifier: Sendable {
    private let pins: Pins
    private let policy: WitnessPolicy?

    /// Trusts the pinned key, or the logs of `policy`, whose witnesses must have cosigned; with neither, the keys that the
    /// bundle itself names, and the report says that this proves no identity.
    public init(pins: Pins, policy: WitnessPolicy? = nil) {
        self.pins = pins
        self.policy = policy
    }

    /// Checks a bundle. What is wrong with it is in the report. Throws `notEvidence` for what is no bundle or one of a later
    /// format, `tooLarge`, and as the source does.
    public func verify(_ source: any ByteSource) throws -> EvidenceReport {
        var check = EvidenceCheck(try StoredArchive(reading: source), pins: pins, policy: policy)
        return try check.run()
    }
}

/// One verification of a bundle.
private struct EvidenceCheck {
    private let archive: StoredArchive
    private let pins: Pins
    private let policy: WitnessPolicy?
    private var report = EvidenceReport()
    /// The files that could be read, and those that were looked at.
    private var files: [String: [UInt8]] = [:]
    private var seen: Set<String> = []

    init(_ archive: StoredArchive, pins: Pins, policy: WitnessPolicy?) {
        self.archive = archive
        self.pins = pins
        self.policy = policy
    }

    /// Files that every bundle has.
    private static let required = [
        EvidenceName.page, EvidenceName.document, EvidenceName.instructions, EvidenceName.sums, EvidenceName.verifier,
        EvidenceName.keys, EvidenceName.checkpoint,
    ]
    /// The largest file of another kind than those that SPEC.md bounds, in bytes.
    private static let mostFileBytes = 256 << 20

    mutating func run() throws -> EvidenceReport {
        try readFiles()
        checkSums()
        guard let contents = try contents() else { return report }
        report.request = contents.request.asked
        report.recordCount = contents.records.count
        report.checkpoint = contents.checkpoint.checkpoint
        checkRest()
        let derived = derivation(of: contents)
        let catalog = checkRecords(contents, derived?.reading)
        checkSignature(of: contents, catalog)
        checkPrivateParts(contents, catalog)
        if let derived { checkDerived(derived, contents, catalog) }
        checkOrder(contents)
        noteCoverage(of: contents, derived?.reading)
        return report
    }

    private mutating func add(
        _ code: Finding.Code, _ level: VerificationLevel, _ file: String, index: UInt64? = nil, offset: Int? = nil,
        expected: String? = nil, found: String? = nil, _ sentence: String
    ) {
        report.findings.append(
            Finding(
                code, level, file: file, index: index, offset: offset, expected: expected, found: found, sentence))
    }

    // MARK: Files

    private mutating func readFiles() throws {
        for entry in archive.entries {
            if let bytes = try archive.bytes(of: entry, most: Self.mostFileBytes) {
                files[entry.name] = bytes
            } else {
                seen.insert(entry.name)
                add(
                    .alteredFile, .structure, entry.name, expected: "the bytes of its checksum",
                    "The file was changed: the archive's checksum of it is another one")
            }
        }
        for name in Self.required where archive[name] == nil {
            add(
                .missingFile, .structure, name, expected: "a file", found: "none",
                "Every bundle has this file; it was left out")
        }
    }

    private mutating func checkSums() {
        guard let stated = files[EvidenceName.sums] else { return }
        let names = archive.entries.map(\.name).filter { $0 != EvidenceName.sums }
        let digests = names.map { (name: $0, digest: files[$0].map { SHA256Digest(hashing: $0) }) }
        let due = EvidenceInstructions.sums(of: digests.map { ($0.name, $0.digest ?? .zero) })
        guard stated != due else { return }
        var told: [String: String] = [:]
        for line in String(decoding: stated, as: UTF8.self).split(separator: "\n") {
            let digest = line.prefix(64)
            told[String(line.dropFirst(66))] = String(digest)
        }
        for (name, digest) in digests where digest.map({ $0.description != told[name] }) ?? false {
            add(
                .alteredFile, .structure, name, expected: told[name] ?? "a line in \(EvidenceName.sums)",
                found: digest?.description,
                "The file is not the one that \(EvidenceName.sums) names: one of the two was changed")
        }
        for name in told.keys.sorted() where archive[name] == nil {
            add(
                .missingFile, .structure, name, expected: told[name], found: "no file",
                "\(EvidenceName.sums) names a file that is not there")
        }
        add(
            .alteredFile, .structure, EvidenceName.sums, expected: "a line for each other file, in their order",
            found: "something else", "\(EvidenceName.sums) is not that of the files in the bundle")
    }

    /// The file of that name, which is looked at.
    private mutating func take(_ name: String) -> [UInt8]? {
        seen.insert(name)
        return files[name]
    }

    private mutating func malformed(_ name: String, _ error: any Error, index: UInt64? = nil) {
        add(.malformedFile, .structure, name, index: index, "The file cannot be read as what it must be: \(error)")
    }

    /// What the bundle shows, as its files have it; `nil` if it does not say what was asked, or has no checkpoint.
    private mutating func contents() throws -> EvidenceContents? {
        let document = take(EvidenceName.document)
        let checkpointBytes = take(EvidenceName.checkpoint)
        guard let document, let checkpointBytes else { return nil }
        let json: JSONValue
        let request: StatedRequest
        do {
            json = try JSONValue(parsing: document)
            try Self.checkFormat(json)
            request = try StatedRequest(EvidenceMembers(json, of: "evidence.json").member("request"))
        } catch let error as AuditError where error.code == .tooLarge {
            throw AuditError(.notEvidence, error.description)
        } catch {
            malformed(EvidenceName.document, error)
            return nil
        }
        let checkpoint: SignedCheckpoint
        do { checkpoint = try SignedCheckpoint(parsing: checkpointBytes) } catch {
            malformed(EvidenceName.checkpoint, error)
            return nil
        }
        var contents = EvidenceContents(
            request: request, checkpoint: checkpoint, keys: take(EvidenceName.keys) ?? [])
        for entry in archive.entries {
            let name = entry.name
            if let index = EvidenceName.index(name, in: "records") {
                contents.records[index] = take(name)
            } else if let index = EvidenceName.index(name, in: "withheld") {
                contents.withheld[index] = withheld(name, index)
            } else if let index = EvidenceName.index(name, in: "private", suffix: ".json") {
                guard let bytes = take(name) else { continue }
                do { contents.privateParts[index] = try EvidencePrivatePart(parsing: bytes) } catch {
                    malformed(name, error, index: index)
                }
            }
        }
        for index in contents.records.keys.sorted() where contents.withheld[index] != nil {
            add(
                .strayFile, .structure, EvidenceName.withheld(index), index: index,
                "Record \(index) is shown, and said not to be")
        }
        takeProofs(&contents)
        takeObjects(&contents)
        var number = 0
        while archive[EvidenceName.clearance(number)] != nil {
            if let bytes = take(EvidenceName.clearance(number)) { contents.clearances.append(bytes) }
            number += 1
        }
        return contents
    }

    /// Throws `tooLarge` for a format that is to come, and `notEvidence` for what is none.
    private static func checkFormat(_ json: JSONValue) throws(AuditError) {
        let format = try EvidenceMembers(json, of: EvidenceName.document).text("format")
        guard format != EvidenceDocument.format else { return }
        guard format.hasPrefix("consent-ledger/evidence/v"), UInt64(format.dropFirst(25)).map({ $0 > 1 }) ?? false
        else {
            throw AuditError(.notEvidence, "its format is “\(format.prefix(80))”, and not “\(EvidenceDocument.format)”")
        }
        throw AuditError(
            .tooLarge,
            "this bundle is of the format “\(format.prefix(80))”, and this version knows "
                + "“\(EvidenceDocument.format)”; update this software")
    }

    private mutating func withheld(_ name: String, _ index: UInt64) -> SHA256Digest? {
        guard let bytes = take(name) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("\n"), let digest = Hexadecimal.decode(text.dropLast()).flatMap({ SHA256Digest($0) })
        else {
            malformed(
                name, AuditError(.notEvidence, "it is not 64 hexadecimal digits and a newline"), index: index)
            return nil
        }
        return digest
    }

    private mutating func takeProofs(_ contents: inout EvidenceContents) {
        let tree = contents.checkpoint.checkpoint
        for index in (Array(contents.records.keys) + contents.withheld.keys).sorted() {
            let name = EvidenceName.proof(index)
            let (own, leaf) =
                contents.records[index].map { (EvidenceName.record(index), MerkleHash.leaf($0)) }
                ?? (EvidenceName.withheld(index), contents.withheld[index] ?? .zero)
            guard archive[name] != nil else {
                add(
                    .missingFile, .tree, name, index: index, expected: "a proof", found: "no file",
                    "Nothing shows that record \(index) is in the log")
                continue
            }
            guard let bytes = take(name) else { continue }
            let proof: TransparencyProof
            do { proof = try TransparencyProof(parsing: bytes) } catch {
                malformed(name, error, index: index)
                continue
            }
            contents.paths[index] = proof.hashes
            guard proof.index == index, proof.extra == contents.records[index] ?? [],
                proof.checkpoint.bytes == contents.checkpoint.bytes
            else {
                for file in [own, name] {
                    add(
                        .foreignProof, .tree, file, index: index,
                        expected: "the proof of this record against this checkpoint",
                        "\(name) is not about \(own) and the bundle's checkpoint: one of the three was changed")
                }
                continue
            }
            do {
                try InclusionProof(index: index, size: tree.size, hashes: proof.hashes)
                    .verify(leafHash: leaf, root: tree.root)
            } catch {
                for file in [own, name] {
                    add(
                        .notInTree, .tree, file, index: index, expected: tree.root.description,
                        "Record \(index) is not shown to be in the log of size \(tree.size): \(error)")
                }
            }
        }
    }

    private mutating func takeObjects(_ contents: inout EvidenceContents) {
        for entry in archive.entries where entry.name.hasPrefix("objects/") {
            guard let digest = Hexadecimal.decode(entry.name.dropFirst(8)).flatMap({ SHA256Digest($0) }),
                let bytes = take(entry.name)
            else { continue }
            contents.objects[digest] = bytes
            let found = SHA256Digest(hashing: bytes)
            if found != digest {
                add(
                    .alteredObject, .replay, entry.name, expected: digest.description, found: found.description,
                    "The object is not the one that it is named as: it was changed")
            }
        }
    }

    /// The files that are derived, or that nothing asks for.
    private mutating func checkRest() {
        for name in Self.required { seen.insert(name) }
        for entry in archive.entries where !seen.contains(entry.name) {
            add(
                .strayFile, .structure, entry.name,
                "Nothing in the bundle asks for this file, or it has another name than it can have")
        }
    }

    private mutating func checkOrder(_ contents: EvidenceContents) {
        let due =
            [
                EvidenceName.page, EvidenceName.document, EvidenceName.instructions, EvidenceName.sums,
                EvidenceName.verifier,
            ] + ((try? contents.files().map(\.name)) ?? [])
        let present = Set(archive.entries.map(\.name))
        let known = Set(due)
        let ordered = due.filter { present.contains($0) }
        let found = archive.entries.map(\.name).filter { known.contains($0) }
        guard let place = zip(ordered, found).first(where: { $0 != $1 }) else { return }
        add(
            .wrongOrder, .structure, place.1, expected: place.0, found: place.1,
            "The files are not in the order in which a bundle has them")
    }

    // MARK: Records

    private mutating func derivation(of contents: EvidenceContents) -> EvidenceDerivation? {
        do { return try EvidenceDerivation(contents) } catch {
            add(
                .wrongDocument, .replay, EvidenceName.document,
                "What the bundle says cannot be computed from its records: \(error)")
            return nil
        }
    }

    /// Checks links, signatures and places; gives what the governance says.
    private mutating func checkRecords(_ contents: EvidenceContents, _ reading: EvidenceReading?) -> Catalog {
        var proof = ProofReport()
        let handles = [contents.request.asked.handle] + (reading?.replay.linked.map(\.timeline.handle) ?? [])
        // A contact that has no records, of another spelling for instance, has no chain.
        let recorded = Set(
            contents.records.flatMap { index, bytes in
                (try? Record(decoding: bytes[...]))?.handles ?? []
            })
        let chains = Set(handles.filter { $0 == handles[0] || recorded.contains($0) }.map { Chain.contact($0) })
        var check = ChainProofCheck(
            of: chains, origin: contents.checkpoint.checkpoint.origin, pinned: pins.ledgerID)
        var admitted: [(record: Record, event: Event)] = []
        for index in (Array(contents.records.keys) + contents.withheld.keys).sorted() {
            guard let bytes = contents.records[index] else {
                check.passOver(index, leafHash: contents.withheld[index] ?? .zero)
                continue
            }
            let record: Record
            do {
                record = try Record(decoding: bytes[...])
                guard record.index == index else {
                    throw AuditError(.notEvidence, "it says that it is record \(record.index)")
                }
            } catch {
                malformed(EvidenceName.record(index), error, index: index)
                continue
            }
            check.take(record, leafHash: MerkleHash.leaf(bytes), &proof)
            if case .event(let event)? = proof.records.last?.payload, proof.records.last?.record.index == index,
                !event.type.isGovernance
            {
                admitted.append((record, event))
            }
        }
        proof.findings += SignatureJob.findings(of: check.signatures)
        check.conclude(&proof)
        for (record, event) in admitted {
            do {
                try check.catalog.admit(
                    event, business: record.business ?? "", index: record.index, recordedAt: record.recordedAt)
            } catch {
                proof.findings.append(
                    Finding(
                        Finding.Code(name: error.code.name), .replay, index: record.index,
                        "Record \(record.index): \(error)"))
            }
        }
        report.findings += proof.findings.map { finding in
            finding.placed(
                in: finding.index.map { EvidenceName.record($0) } ?? EvidenceName.document, at: finding.offset)
        }
        report.ledgerID = proof.ledgerID
        report.isTest = proof.isTest
        if let ledgerID = pins.ledgerID, let found = proof.ledgerID, found != ledgerID {
            add(
                .wrongLedgerID, .signatures, EvidenceName.record(0), index: 0, expected: ledgerID.description,
                found: found.description, "This is another ledger than the pinned one, whatever its name and key")
        }
        if proof.ledgerHeldStatementCount > 0 {
            note(
                .ledgerHeldKeys, count: proof.ledgerHeldStatementCount,
                "\(proof.ledgerHeldStatementCount) of \(proof.sourceStatementCount) statements of sources were signed with "
                    + "keys that the ledger itself held: its operator could have made them")
        }
        if proof.unknownEventCount > 0 {
            note(
                .unknownEvents, count: proof.unknownEventCount,
                "What the events of types that this software does not know mean: who signed them was verified")
        }
        return check.catalog
    }

    private mutating func checkSignature(of contents: EvidenceContents, _ catalog: Catalog) {
        let checkpoint = contents.checkpoint
        let tree = checkpoint.checkpoint
        if let origin = pins.origin, !origin.utf8.elementsEqual(tree.origin.utf8) {
            add(
                .wrongOrigin, .structure, EvidenceName.checkpoint, expected: origin, found: tree.origin,
                "This is another log than the pinned one")
        }
        let inForce = catalog.logKeys.filter { $0.window.contains(max(tree.size, 1)) }.compactMap {
            try? VerifierKey($0.verifierKey)
        }
        // Without a pin, the log's own records say which of its keys count.
        let given = pins.verifierKey.map { [$0] } ?? policy?.logs ?? []
        let trusted = (policy ?? WitnessPolicy(logs: [])).trusting(logs: given.isEmpty ? inForce : given)
        do { report.signatures = try checkpoint.verify(under: trusted) } catch {
            let code: Finding.Code =
                switch error.code {
                case .badSignature: .badCheckpointSignature
                case .notSigned: .checkpointNotSigned
                default: Finding.Code(name: error.code.name)
                }
            add(
                code, .tree, EvidenceName.checkpoint, "The checkpoint of size \(tree.size) does not count: \(error)")
        }
        let known = Set(catalog.logKeys.map(\.verifierKey))
        let lines = contents.keys.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isWhole = lines.count > 1 && lines.last?.isEmpty == true
        if !isWhole || lines.dropLast().contains(where: { !known.contains(String(decoding: $0, as: UTF8.self)) }) {
            add(
                .malformedKeys, .signatures, EvidenceName.keys,
                expected: "keys that the ledger has or had, a line each",
                "The file names something else than the log's keys")
        }
    }

    private mutating func checkPrivateParts(_ contents: EvidenceContents, _ catalog: Catalog) {
        for (index, part) in contents.privateParts.sorted(by: { $0.key < $1.key }) {
            let name = EvidenceName.privatePart(index)
            guard let bytes = contents.records[index], let event = try? LoggedEvent(decoding: bytes, at: index),
                event.record.handles.contains(contents.request.asked.handle), let ledgerID = catalog.ledgerID
            else {
                add(.strayFile, .structure, name, index: index, "There is no such record of the contact")
                continue
            }
            if let fields = contents.request.asked.fields,
                let other = part.fields.first(where: { !fields.contains($0.name) })
            {
                add(
                    .strayFile, .structure, name, index: index, expected: fields.joined(separator: ", "),
                    found: other.name, "It opens a field that was not to be shown")
            }
            let found = part.commitment(ledgerID: ledgerID, event: event.payload.id)
            let due = event.event?.commitment.map { Hexadecimal.encode($0) }
            guard found.description != due else { continue }
            add(
                .wrongCommitment, .replay, name, index: index, expected: due ?? "no private fields",
                found: found.description, "The private fields are not those that record \(index) commits to")
        }
    }

    // MARK: What is derived

    private mutating func checkDerived(
        _ derived: EvidenceDerivation, _ contents: EvidenceContents, _ catalog: Catalog
    ) {
        let reading = derived.reading
        report.carried = reading.cells.filter(\.answer.isCarried).map { ($0.category, $0.channel) }
        compare(
            EvidenceName.document, with: derived.document, .wrongDocument,
            "The document does not say what the records say")
        compare(
            EvidenceName.page, with: derived.page, .wrongPage,
            "The page is not the one that follows from the records: it was doctored, or made by another version")
        compare(
            EvidenceName.instructions, with: derived.instructions, .wrongInstructions,
            "The instructions are not those of this bundle")
        for event in reading.own where event.record.business != contents.request.asked.business {
            add(
                .otherSubject, .replay, EvidenceName.record(event.record.index), index: event.record.index,
                expected: contents.request.asked.business, found: event.record.business ?? "no business",
                "The record is about a contact of another business than the one that the bundle is about")
        }
        checkNeeded(contents, reading)
        let keys = pins.verifierKey.map { [$0] } ?? catalog.logKeys.compactMap { try? VerifierKey($0.verifierKey) }
        let verifier = ClearanceVerifier(keys: keys, ledgerID: catalog.ledgerID, at: nil)
        for (number, shown) in reading.clearances.enumerated() {
            let name = EvidenceName.clearance(number)
            for finding in verifier.verify(shown).findings {
                report.findings.append(finding.placed(in: name, at: nil))
            }
            guard shown.leaf.handle != contents.request.asked.handle else { continue }
            add(
                .otherSubject, .replay, name, expected: contents.request.asked.handle.description,
                found: shown.leaf.handle?.description ?? "no handle", "The clearance is about another contact")
        }
    }

    private mutating func compare(_ name: String, with due: [UInt8], _ code: Finding.Code, _ sentence: String) {
        guard let found = files[name], found != due else { return }
        let offset =
            zip(found, due).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(found.count, due.count)
        func excerpt(_ bytes: [UInt8]) -> String {
            String(
                decoding: bytes[max(0, min(offset, bytes.count) - 20)..<min(bytes.count, offset + 60)], as: UTF8.self)
        }
        add(code, .replay, name, offset: offset, expected: excerpt(due), found: excerpt(found), sentence)
    }

    /// The objects that the records name are there, and no others.
    private mutating func checkNeeded(_ contents: EvidenceContents, _ reading: EvidenceReading) {
        let named = reading.own.compactMap { $0.event?.notice.flatMap { SHA256Digest($0.textDigest) } }
        let adopted = EvidenceReplay.adoptions(in: reading.replay.catalog, for: contents.request.asked.business)
        let needed = Set(named + adopted.map(\.digest))
        for digest in needed.subtracting(contents.objects.keys).sorted() {
            add(
                .missingObject, .replay, EvidenceName.object(digest), expected: "the bytes with that SHA-256",
                found: "no file", "A record names words or rules that are not in the bundle")
        }
        for digest in Set(contents.objects.keys).subtracting(needed).sorted() {
            add(
                .strayFile, .structure, EvidenceName.object(digest),
                "No record of the contact, and no adoption of rules, names this object")
        }
    }

    // MARK: What is not covered

    private mutating func note(_ code: NotCovered.Code, count: UInt64? = nil, _ sentence: String) {
        report.notCovered.append(NotCovered(code, count: count, sentence))
    }

    private mutating func noteCoverage(of contents: EvidenceContents, _ reading: EvidenceReading?) {
        if pins.verifierKey == nil, policy?.logs.isEmpty ?? true {
            note(
                .identity,
                "The log's key was not pinned but taken from the bundle: anybody could have made it whole, with a key of "
                    + "their own")
        } else if pins.ledgerID == nil {
            note(
                .identity,
                "The ledger-id was not pinned but taken from the bundle: whoever holds the log's key could show another "
                    + "ledger of the same origin")
        }
        note(
            .laterRecords,
            "That nothing came after the last record shown, of the contact, of those linked to it, or in the ledger's own "
                + "chain: whoever made the bundle can have left the newest out")
        note(.unrecordedActs, "That every act was recorded: what never reached the ledger is in none of its records")
        note(
            .uses,
            "How many messages were sent, and bases that a sender only asserts: limits on the number of messages were not "
                + "considered")
        if !report.signatures.contains(where: { $0.key.use == .cosignature }) {
            note(
                .existence,
                "Since when it exists: no trusted witness is shown to have seen it, so that the business itself could have "
                    + "made it today")
        }
        if let reading, contents.request.asked.contact != nil, reading.recordOfAddress == nil {
            note(
                .address,
                "That the handle stands for this address: no opened record shows it, and who made the bundle states it")
        }
        if !contents.request.asked.sends.isEmpty || contents.request.recipient != Recipient() {
            note(
                .statedInputs,
                "Whether what was stated is true: the disputed messages, the country and the clocks of the person")
        }
        if !contents.withheld.isEmpty {
            note(
                .withheldRecords, count: UInt64(contents.withheld.count),
                "What \(contents.withheld.count) records of the ledger's own chain say: they are said to be about other "
                    + "persons, and a key could be revoked in one of them")
        }
        let hidden = contents.privateParts.values.reduce(0) { $0 + $1.hidden.count }
        if hidden > 0 {
            note(
                .hiddenFields, count: UInt64(hidden),
                "What \(hidden) private fields say: they are committed to, not shown")
        }
        if !contents.clearances.isEmpty {
            note(
                .answer,
                "Whether the answers of the clearances are right: the ledger's own key says so. “consent clearance replay” "
                    + "computes them again from the log")
        }
        if let script = files[EvidenceName.verifier], script != VerifierScript.bytes {
            note(
                .otherVerifier,
                "verify.py in the bundle: it is not the one that comes with this version. Do not run it; take one from the "
                    + "project")
        }
    }
}
