internal import ConsentModel
internal import ConsentRules
public import LedgerCrypto
public import TransparencyLog

/// Checks bundles of evidence offline, with nothing but what they hold and what an auditor pins.
public struct EvidenceVerifier: Sendable {
    private let pins: Pins
    private let policy: WitnessPolicy?
    private let stampRoots: TimeStampRoots?

    /// Trusts the pinned key, or the logs of `policy`, whose witnesses must have cosigned; with neither, the keys that the
    /// bundle itself names, and the report says that this proves no identity. Time stamps by authorities that `stampRoots`
    /// lead to count.
    public init(pins: Pins, policy: WitnessPolicy? = nil, stampRoots: TimeStampRoots? = nil) {
        self.pins = pins
        self.policy = policy
        self.stampRoots = stampRoots
    }

    /// Checks a bundle. What is wrong with it is in the report. Throws `notEvidence` for what is no bundle or one of a later
    /// format, `tooLarge`, and as the source does.
    public func verify(_ source: any ByteSource) throws -> EvidenceReport {
        var check = EvidenceCheck(
            try StoredArchive(reading: source), pins: pins, policy: policy, stampRoots: stampRoots)
        return try check.run()
    }

    /// What whoever has a bundle can make of it: one without the files of these names and what only they ask for, and with
    /// another request, its page, its document and its sums made again. For those who try out what verifying finds; throws as `verify`, and as
    /// making a bundle does.
    package static func remade(
        _ bundle: [UInt8], without names: Set<String> = [], asking change: (inout EvidenceRequest) -> Void = { _ in }
    ) throws -> [UInt8] {
        let archive = try StoredArchive(reading: MemorySource(bundle))
        let rest = try archive.entries.filter { !names.contains($0.name) }.map {
            (name: $0.name, bytes: try archive.bytes(of: $0, most: bundle.count) ?? [])
        }
        var check = EvidenceCheck(
            try StoredArchive(reading: MemorySource(StoredArchive.bytes(of: rest))), pins: Pins(), policy: nil,
            stampRoots: nil)
        return try check.remade(asking: change)
    }
}

/// One verification of a bundle.
private struct EvidenceCheck {
    private let archive: StoredArchive
    private let pins: Pins
    private let policy: WitnessPolicy?
    private let stampRoots: TimeStampRoots?
    private var report = EvidenceReport()
    /// The files that could be read but contents of attachments, the sums of all that could, and those that were looked at.
    private var files: [String: [UInt8]] = [:]
    private var digests: [String: SHA256Digest] = [:]
    private var document: JSONValue?
    private var seen: Set<String> = []
    /// How many time stamps count for nothing, and the first of them, with why.
    private var badStamps: (count: Int, first: String)?

    init(_ archive: StoredArchive, pins: Pins, policy: WitnessPolicy?, stampRoots: TimeStampRoots?) {
        self.archive = archive
        self.pins = pins
        self.policy = policy
        self.stampRoots = stampRoots
    }

    /// Files that every bundle has.
    private static let required = [
        EvidenceName.page, EvidenceName.document, EvidenceName.instructions, EvidenceName.sums, EvidenceName.verifier,
        EvidenceName.keys, EvidenceName.checkpoint,
    ]
    /// How many bytes of files are held at most, in all: all but contents of attachments.
    private static let mostHeldBytes: UInt64 = 1 << 30
    /// How many are.
    private var heldBytes: UInt64 = 0

    mutating func run() throws -> EvidenceReport {
        try readFiles()
        checkSums()
        guard let contents = try contents() else { return report }
        report.request = contents.request.asked
        report.recordCount = contents.records.count
        report.checkpoint = contents.checkpoint.checkpoint
        checkAttachments(contents)
        checkRest()
        let derived = derivation(of: contents)
        let catalog = checkRecords(contents, derived?.reading)
        checkSignature(of: contents, catalog)
        checkOlder(contents, catalog)
        checkPrivateParts(contents, catalog)
        if let derived { checkDerived(derived, contents, catalog) }
        checkOrder(contents)
        bound(derived?.reading)
        noteCoverage(of: contents, derived?.reading)
        return report
    }

    /// The bundle of the same contents, with all that is derived from them made again.
    mutating func remade(asking change: (inout EvidenceRequest) -> Void) throws -> [UInt8] {
        try readFiles()
        guard var contents = try contents() else {
            throw AuditError(.notEvidence, "it has no document or no checkpoint that can be read")
        }
        change(&contents.request.asked)
        let named = try EvidenceReading(contents).namedObjects
        contents.objects = contents.objects.filter { named.contains($0.key) }
        let attaching = Set(AttachmentRecord.all(in: contents).map(\.digest))
        contents.attachments = contents.attachments.filter { attaching.contains($0.key) }
        var attached: [SHA256Digest: AttachedContent] = [:]
        for (digest, content) in contents.attachments {
            guard let entry = archive[content.name] else { continue }
            attached[digest] = AttachedContent(record: 0, digest: digest, byteCount: entry.byteCount) {
                [archive] body in
                _ = try archive.read(entry, body)
            }
        }
        return try EvidenceBundle(contents, attached: attached).archive()
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
            if try !read(entry) {
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

    /// Takes the bytes of a file, those of an attachment, of a stray file and of one that is too large piece by piece; whether
    /// they are those of its checksum.
    private mutating func read(_ entry: StoredArchive.Entry) throws -> Bool {
        guard entry.byteCount <= UInt64(StoredArchive.mostFileBytes) else {
            throw AuditError(
                .tooLarge,
                "“\(entry.name)” has \(entry.byteCount) bytes, and at most \(StoredArchive.mostFileBytes) are read of a file"
            )
        }
        let bound = EvidenceName.mostBytes(of: entry.name)
        guard let most = bound, entry.byteCount <= UInt64(most) else {
            if let most = bound {
                seen.insert(entry.name)
                add(
                    .malformedFile, .structure, entry.name, expected: "at most \(most) bytes",
                    found: "\(entry.byteCount) bytes", "The file is larger than such a file can be")
            }
            var hasher = SHA256Hasher()
            guard try archive.read(entry, { hasher.update($0) }) else { return false }
            digests[entry.name] = hasher.finalize()
            return true
        }
        heldBytes += entry.byteCount
        guard heldBytes <= Self.mostHeldBytes else {
            throw AuditError(
                .tooLarge, "its files have more than \(Self.mostHeldBytes) bytes, those that were attached apart")
        }
        guard let bytes = try archive.bytes(of: entry, most: most) else { return false }
        files[entry.name] = bytes
        digests[entry.name] = SHA256Digest(hashing: bytes)
        return true
    }

    private mutating func checkSums() {
        guard let stated = files[EvidenceName.sums] else { return }
        let names = archive.entries.map(\.name).filter { $0 != EvidenceName.sums }
        let digests = names.map { (name: $0, digest: self.digests[$0]) }
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
        guard let document else { return nil }
        let json: JSONValue
        let request: StatedRequest
        do {
            json = try JSONValue(parsing: document)
            try Self.checkFormat(json)
            self.document = json
            request = try StatedRequest(EvidenceMembers(json, of: "evidence.json").member("request"))
        } catch let error as AuditError where error.code == .tooLarge {
            throw AuditError(.notEvidence, error.description)
        } catch {
            malformed(EvidenceName.document, error)
            return nil
        }
        guard let checkpointBytes else { return nil }
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
            } else if let index = EvidenceName.index(name, in: "private", suffix: ".json") {
                guard let bytes = take(name) else { continue }
                do { contents.privateParts[index] = try EvidencePrivatePart(parsing: bytes) } catch {
                    malformed(name, error, index: index)
                }
            }
        }
        takeProofs(&contents)
        takeObjects(&contents)
        var number = 0
        while archive[EvidenceName.clearance(number)] != nil {
            if let bytes = take(EvidenceName.clearance(number)) {
                contents.clearances.append(bytes)
                do { _ = try ShownDecision(parsing: bytes) } catch { malformed(EvidenceName.clearance(number), error) }
            }
            number += 1
        }
        try takeSeen(&contents)
        return contents
    }

    /// Older checkpoints, and time stamps.
    private mutating func takeSeen(_ contents: inout EvidenceContents) throws {
        var count = 0
        for entry in archive.entries {
            let name = entry.name
            if let size = EvidenceName.index(name, in: "checkpoints", suffix: EvidenceName.olderSuffix) {
                count += 1
                guard count <= EvidenceContents.mostOlder else {
                    throw AuditError(
                        .tooLarge, "it has more than \(EvidenceContents.mostOlder) older checkpoints, in checkpoints/")
                }
                guard let bytes = take(name) else { continue }
                do { contents.older[size] = try SignedConsistencyProof(parsing: bytes) } catch {
                    malformed(name, error)
                }
            } else if let (size, digest) = EvidenceName.stamp(name) {
                guard let bytes = take(name) else { continue }
                contents.stamps[size, default: [:]][digest] = bytes
                let found = SHA256Digest(hashing: bytes)
                guard found != digest else { continue }
                add(
                    .alteredFile, .structure, name, expected: digest.description, found: found.description,
                    "The time stamp is not the one that it is named as: it was changed")
            } else if let digest = EvidenceName.attachment(name) {
                seen.insert(name)
                contents.attachments[digest] = EvidenceContents.Content(name: name, byteCount: entry.byteCount)
            }
        }
        let size = contents.checkpoint.checkpoint.size
        for (stamped, stamps) in contents.stamps where stamped != size && contents.older[stamped] == nil {
            for digest in stamps.keys {
                add(
                    .strayFile, .structure, EvidenceName.stamp(stamped, digest),
                    "There is no checkpoint of the size \(stamped) in the bundle that it could be of")
            }
        }
    }

    /// Each content is what its name says, and what a record of the contact attached.
    private mutating func checkAttachments(_ contents: EvidenceContents) {
        let records = AttachmentRecord.all(in: contents)
        for entry in archive.entries {
            guard let digest = EvidenceName.attachment(entry.name) else { continue }
            if let found = digests[entry.name], found != digest {
                add(
                    .alteredFile, .structure, entry.name, expected: digest.description, found: found.description,
                    "The attachment is not the one that it is named as: it was changed")
            }
            let attaching = records.filter { $0.digest == digest }
            guard let first = attaching.first, first.fileName == entry.name else {
                add(
                    .strayFile, .structure, entry.name, expected: attaching.first?.fileName,
                    "No record of the contact that is opened here attached this file, or it has another name than it can have"
                )
                continue
            }
            if !(1...AttachmentRecord.mostBytes ~= entry.byteCount) {
                add(
                    .malformedFile, .structure, entry.name, expected: "1 to \(AttachmentRecord.mostBytes) bytes",
                    found: "\(entry.byteCount) bytes", "No attachment has so many bytes")
            }
            for record in attaching where !record.hasContent(of: entry.byteCount) {
                add(
                    .alteredFile, .replay, entry.name, index: record.index, found: "\(entry.byteCount) bytes",
                    "The attachment has another size than record \(record.index) says")
            }
        }
    }

    /// Throws `tooLarge` for a format that is to come, and `notEvidence` for what is none.
    private static func checkFormat(_ json: JSONValue) throws(AuditError) {
        let format = try EvidenceMembers(json, of: EvidenceName.document).text("format")
        guard format != EvidenceDocument.format else { return }
        guard format.utf8.starts(with: "consent-ledger/evidence/v".utf8) else {
            throw AuditError(.notEvidence, "its format is “\(format.prefix(80))”, and not “\(EvidenceDocument.format)”")
        }
        throw AuditError(
            .tooLarge,
            "this bundle is of the format “\(format.prefix(80))”, and this version knows "
                + "“\(EvidenceDocument.format)”; update this software")
    }

    private mutating func takeProofs(_ contents: inout EvidenceContents) {
        let tree = contents.checkpoint.checkpoint
        for (index, record) in contents.records.sorted(by: { $0.key < $1.key }) {
            let name = EvidenceName.proof(index)
            let own = EvidenceName.record(index)
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
            guard proof.index == index, proof.extra == record,
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
                    .verify(leafHash: MerkleHash.leaf(record), root: tree.root)
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
            ] + ((try? contents.files().map(\.name)) ?? []) + contents.orderedAttachments.map(\.content.name)
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
        // What unlinks a contact shows that nothing before it is missing. What is recorded of it later does not count, and need
        // not be here.
        var ends: [Chain: UInt64] = [:]
        for linked in reading?.replay.linked ?? [] {
            guard let until = linked.until else { continue }
            ends[.contact(linked.timeline.handle)] = max(until, linked.countedIndexes.last ?? 0)
        }
        var check = ChainProofCheck(
            of: chains, ends: ends, origin: contents.checkpoint.checkpoint.origin,
            pinned: pins.ledgerID)
        var admitted: [(record: Record, event: Event)] = []
        for (index, bytes) in contents.records.sorted(by: { $0.key < $1.key }) {
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
        let inForce = Self.logKeys(of: catalog, at: tree.size)
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

    /// Each older checkpoint is one of the log: it is signed by a key of the ledger that counts for its size, and the log
    /// goes on from it. Then what trusted witnesses and authorities saw counts, of all checkpoints.
    private mutating func checkOlder(_ contents: EvidenceContents, _ catalog: Catalog) {
        let newest = contents.checkpoint
        checkStated(contents)
        let isNewestSound = !report.findings.contains { $0.file == EvidenceName.checkpoint }
        if isNewestSound { noteSeen(newest, report.signatures, contents) }
        for (size, proof) in contents.older.sorted(by: { $0.key < $1.key }) {
            let name = EvidenceName.older(size)
            guard 1..<max(newest.checkpoint.size, 1) ~= size, proof.older.checkpoint.size == size,
                proof.newer.bytes == newest.bytes
            else {
                add(
                    .foreignProof, .tree, name, expected: "a proof from the size \(size) to the bundle's checkpoint",
                    "The proof is about other checkpoints than its name and the bundle say")
                continue
            }
            do { try proof.verifyConsistency() } catch {
                add(
                    .inconsistentCheckpoint, .tree, name, expected: newest.checkpoint.root.description,
                    "The log is not shown to go on from this checkpoint of it: \(error)")
                continue
            }
            let inForce = Self.logKeys(of: catalog, at: size)
            let known = inForce + (pins.verifierKey.map { [$0] } ?? policy?.logs ?? [])
            do throws(TransparencyLogError) {
                let unique = known.enumerated().filter { !known[..<$0.offset].contains($0.element) }.map(\.element)
                let signatures = try proof.older.verify(with: unique + (policy?.witnesses.map(\.key) ?? []))
                guard signatures.contains(where: { inForce.contains($0.key) }) else {
                    throw TransparencyLogError(
                        .notSigned, "none of the ledger's keys that count for its size signed it")
                }
                if isNewestSound { noteSeen(proof.older, signatures, contents) }
            } catch {
                add(
                    error.code == .badSignature ? .badCheckpointSignature : .checkpointNotSigned, .tree, name,
                    "The checkpoint of size \(size) does not count: \(error)")
            }
        }
    }

    /// The document says which checkpoints there are, with all signatures: those of keys that nobody knows are held by
    /// nothing else.
    private mutating func checkStated(_ contents: EvidenceContents) {
        let stated = (document?["proof"]?["checkpoints"]?.array ?? []).compactMap { $0["sha-256"]?.string }
        for (size, proof) in contents.older {
            let found = SHA256Digest(hashing: proof.older.bytes).description
            guard !stated.contains(found) else { continue }
            add(
                .alteredFile, .structure, EvidenceName.older(size), found: found,
                "The document names no such checkpoint: one of the two was changed")
        }
    }

    private static func logKeys(of catalog: Catalog, at size: UInt64) -> [VerifierKey] {
        catalog.logKeys.filter { $0.window.contains(max(size, 1)) }.compactMap { try? VerifierKey($0.verifierKey) }
    }

    /// Notes who is shown to have seen a checkpoint that is the log's.
    private mutating func noteSeen(
        _ checkpoint: SignedCheckpoint, _ signatures: [VerifiedSignature], _ contents: EvidenceContents
    ) {
        let size = checkpoint.checkpoint.size
        if let policy {
            let cosigned = signatures.filter { signature in policy.witnesses.contains { $0.key == signature.key } }
            let names = policy.witnesses.filter { witness in cosigned.contains { $0.key == witness.key } }.map(\.name)
            if policy.isQuorum(Set(names)), let tree = SeenTree(size: size, cosigned: cosigned) {
                report.seenTrees.append(tree)
            }
        }
        guard let stampRoots else { return }
        for (digest, bytes) in (contents.stamps[size] ?? [:]).sorted(by: { $0.key < $1.key }) {
            do {
                report.seenTrees.append(
                    try SeenTree(of: checkpoint, stampedBy: TimeStampResponse(parsing: bytes), roots: stampRoots))
            } catch {
                let first = badStamps?.first ?? "\(EvidenceName.stamp(size, digest)): \(error)"
                badStamps = ((badStamps?.count ?? 0) + 1, first)
            }
        }
    }

    /// When the contact's own records can have been written.
    private mutating func bound(_ reading: EvidenceReading?) {
        guard let reading else { return }
        let bounds = TimeBounds(report.seenTrees)
        report.seenTrees = bounds.trees
        report.bounds = reading.own.map { bounds.bounds(of: $0.record.index, recordedAt: $0.record.recordedAt) }
    }

    /// The request asks about all that the records speak of, and about the address that they open.
    private mutating func checkRequest(_ asked: EvidenceRequest, _ reading: EvidenceReading) {
        func wrong(expected: String, found: String, _ sentence: String) {
            add(.wrongRequest, .replay, EvidenceName.document, expected: expected, found: found, sentence)
        }
        let scope = EvidenceScope(
            reading.business, own: reading.own.compactMap(\.event), size: reading.contents.checkpoint.checkpoint.size)
        for (name, least, found) in [
            ("channels", scope.channels, asked.channels), ("categories", scope.categories, asked.categories),
        ] where !least.isSubset(of: found) {
            wrong(
                expected: least.sorted().joined(separator: ", "), found: found.joined(separator: ", "),
                "Some \(name) that the records speak of were not asked about, so that answers are left out")
        }
        let last = ([asked.at] + asked.sends.map(\.at) + reading.all.map(\.record.recordedAt)).max() ?? asked.at
        if last > asked.madeAt {
            wrong(
                expected: "\(last) or later", found: asked.madeAt.description,
                "It says that it was made before something that it shows, or asks about")
        }
        if let contact = asked.contact, let opened = reading.openedAddresses.first,
            !reading.openedAddresses.contains(where: { $0.elementsEqual(contact.utf8) })
        {
            wrong(
                expected: String(decoding: opened, as: UTF8.self), found: contact,
                "It says that it is about an address, and the records open another one")
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
        checkRequest(contents.request.asked, reading)
        checkNeeded(contents, reading)
        var keys = catalog.logKeys.compactMap { try? VerifierKey($0.verifierKey) }
        if let pinned = pins.verifierKey, !keys.contains(pinned) { keys.append(pinned) }
        let verifier = ClearanceVerifier(keys: keys, ledgerID: catalog.ledgerID, at: nil)
        for (number, shown) in reading.clearances.enumerated() {
            let name = EvidenceName.clearance(number)
            for finding in verifier.verify(shown).findings {
                report.findings.append(finding.placed(in: name, at: nil))
            }
            let asked = contents.request.asked
            let tree = contents.checkpoint.checkpoint
            if !shown.file.signed.clearance.origin.utf8.elementsEqual(tree.origin.utf8) {
                add(
                    .wrongOrigin, .structure, name, expected: tree.origin, found: shown.file.signed.clearance.origin,
                    "The clearance is of another log")
            }
            guard shown.leaf.handle != asked.handle || shown.leaf.question.business != asked.business else { continue }
            add(
                .otherSubject, .replay, name, expected: "\(asked.business), \(asked.handle)",
                found: "\(shown.leaf.question.business), \(shown.leaf.handle?.description ?? "no handle")",
                "The clearance is about another contact")
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
        let needed = reading.namedObjects
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
        noteSightings(of: contents, reading)
        if let reading, contents.request.asked.contact != nil, reading.recordOfAddress == nil {
            note(
                .address,
                "That the handle stands for this address: no opened record shows it, and who made the bundle states it")
        }
        note(
            .statedInputs,
            "Whether what was stated is true: when it was made, the disputed messages, the country and the clocks of the "
                + "person")
        let hidden = contents.privateParts.values.reduce(0) { $0 + $1.hidden.count }
        if hidden > 0 {
            note(
                .hiddenFields, count: UInt64(hidden),
                hidden == 1
                    ? "What 1 private field says: it is committed to, not shown"
                    : "What \(hidden) private fields say: they are committed to, not shown")
        }
        let unopened = reading.map { $0.own.count(where: $0.isUnopened) } ?? 0
        if unopened > 0 {
            note(
                .hiddenFields, count: UInt64(unopened),
                unopened == 1
                    ? "What private evidence a record of the contact commits to: nothing of it is in the bundle"
                    : "What private evidence \(unopened) records of the contact commit to: nothing of it is in the bundle"
            )
        }
        if !contents.clearances.isEmpty {
            note(
                .answer,
                "Whether the answers of the clearances are right: the ledger's own key says so. “consent clearance replay” "
                    + "computes them again from the log")
        }
        let unattached = reading?.unattached.count ?? 0
        if unattached > 0 {
            note(
                .attachments, count: UInt64(unattached),
                unattached == 1
                    ? "What was attached by a record of the contact: its content is not in the bundle"
                    : "What was attached by \(unattached) records of the contact: the contents are not in the bundle")
        }
        if let script = files[EvidenceName.verifier], script != VerifierScript.bytes {
            note(
                .otherVerifier,
                "verify.py in the bundle: it is not the one that comes with this version. Do not run it; take one from the "
                    + "project")
        }
    }

    /// Since when records exist is shown by those who are trusted alone.
    private mutating func noteSightings(of contents: EvidenceContents, _ reading: EvidenceReading?) {
        let unseen = report.bounds.count { $0.existed == nil }
        if unseen == report.bounds.count {
            note(
                .existence,
                "Since when it exists: no trusted witness or time-stamping authority is shown to have seen it, so that the "
                    + "business itself could have made it today")
        } else if unseen > 0 {
            note(
                .existence, count: UInt64(unseen),
                "Since when \(unseen) of the \(report.bounds.count) records of the contact exist: nobody who is trusted is "
                    + "shown to have seen them")
        }
        let stamps = contents.stamps.values.reduce(0) { $0 + $1.count }
        if stampRoots == nil, stamps > 0 {
            note(
                .timeStamps, count: UInt64(stamps),
                "\(stamps == 1 ? "The time stamp" : "The \(stamps) time stamps") in the bundle: no authority's certificate was "
                    + "given (--roots)")
        }
        if let badStamps {
            note(
                .timeStamps, count: UInt64(badStamps.count),
                "\(badStamps.count) of \(stamps) time stamps, which count for nothing; first \(badStamps.first)")
        }
        if reading?.checkpoints.contains(where: { !$0.sightings.isEmpty }) ?? false {
            note(
                .claimedSightings,
                "Whether the page is right about when others have seen the log: it shows what signatures and stamps claim. "
                    + "Those whom you trust were asked apart")
        }
        let later = report.bounds.count(where: \.isRecordedLaterThanSeen)
        if later > 0 {
            note(
                .recordedAfterSeen, count: UInt64(later),
                "When \(later) of the contact's records were recorded: the ledger says later than others saw them, so that a "
                    + "clock was wrong")
        }
    }
}
