internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// `consent attach`: keeps files as evidence of what is recorded of a person.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach files to a person's record: screenshots, recordings, scanned paper.",
        discussion: """
            Each file, of at most 200 MiB, is sealed under the person's key and kept in the ledger; the log has a commitment to \
            its name, type, size and SHA-256 alone. It is evidence of the record that --record names, one of this person, else \
            of the last opt-in or other consent of theirs. A file that changes while it is read is not taken. Attaching the same \
            file to the same record again changes nothing. Erasing the person erases what was attached.

            EXAMPLE
              consent attach +34600111222 signed-form.pdf
              consent attach +34600111222 call.mp3 screen.png --record 812
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var person: ContactOptions

    @Argument(help: "The files.", completion: .file())
    var file: [String]

    @OptionGroup var owner: BusinessOptions

    @Option(help: ArgumentHelp("The record that they are evidence of.", valueName: "index"))
    var record: UInt64?

    @Option(
        help: ArgumentHelp(
            "What they are, such as image/png; else what their names tell.", valueName: "media-type"))
    var type: String?

    @Option(
        help: ArgumentHelp(
            "The source that states it; its key must be in the ledger. Default: cli.", valueName: "source"))
    var source: String?

    func run() throws {
        let address = try person.address()
        // All are looked at before any is attached.
        let files = try file.map { try AttachedFile($0) }
        let (concerned, attached, failure) = try writing.write(ledger) { writer in
            let business = try owner.business(in: writer.currentCatalog()).id
            let concerned = try concernedEvent(of: address, business, writer)
            let fields: [EventField: FieldValue] = source.map { [.source: .text($0)] } ?? [:]
            let drafts = try files.map { file in
                try AttachmentDraft(
                    business: business, contact: address, concerns: concerned.payload.id, fileName: file.name,
                    mediaType: type ?? file.mediaType, byteCount: file.byteCount, digest: file.digest, fields: fields)
            }
            var attached: [(AttachmentDraft, AppendOutcome)] = []
            var failure: (any Error)?
            for (file, draft) in zip(files, drafts) {
                // What was attached before is told, and stays.
                do { attached.append((draft, try writer.attach(draft, from: file.open()))) } catch {
                    failure = error
                    break
                }
            }
            return (concerned, attached, failure)
        }
        if !attached.isEmpty { report(attached, concerned) }
        if let failure { throw failure }
    }

    private func report(_ attached: [(AttachmentDraft, AppendOutcome)], _ concerned: ContactTimeline.Entry) {
        guard !ledger.json else {
            let objects = attached.map { draft, outcome in
                Self.json(draft, outcome) + ["concerns-record": .number(concerned.index)]
            }
            return print(JSON.array(objects).text)
        }
        for (draft, outcome) in attached {
            let name = Terminal.plain(draft.fileName)
            switch outcome {
            case .recorded(let index):
                print(
                    "Attached \(name) (\(draft.mediaType), \(readableSize(draft.byteCount))) to record \(concerned.index), "
                        + "\(concerned.payload.typeName) (record \(index)).")
            case .alreadyRecorded(let index):
                print(
                    "\(name) is attached to record \(concerned.index) already (record \(index)); nothing was changed.")
            }
        }
    }

    /// The person's event that the files are evidence of.
    private func concernedEvent(
        of address: ContactAddress, _ business: String, _ writer: LedgerWriter
    ) throws -> ContactTimeline.Entry {
        guard let timeline = try writer.timelines(of: [(address, business)])[0], !timeline.entries.isEmpty else {
            throw CommandError(
                .badInput,
                "\(business) has no record of \(address), so there is nothing to attach a file to; record what happened first"
            )
        }
        if let record {
            guard let entry = timeline.entries.first(where: { $0.index == record }) else {
                let known = timeline.entries.map { String($0.index) }.suffix(10).joined(separator: ", ")
                throw CommandError(.badInput, "record \(record) is not one of \(address); theirs are: \(known)")
            }
            return entry
        }
        let consents: Set<EventType> = [
            .consentRequested, .consentGiven, .consentConfirmed, .consentRenewed, .basisBegan,
        ]
        let last = timeline.entries.last { entry in
            if case .event(let event) = entry.payload { consents.contains(event.type) } else { false }
        }
        guard let last else {
            throw CommandError(
                .badInput,
                "\(address) has no opt-in on record; name the record that the file is evidence of with --record")
        }
        return last
    }

    private static func json(_ draft: AttachmentDraft, _ outcome: AppendOutcome) -> JSON {
        let isNew = if case .recorded = outcome { true } else { false }
        return [
            "result": .string(isNew ? "recorded" : "already-recorded"), "index": .number(outcome.index),
            "file-name": .string(draft.fileName), "media-type": .string(draft.mediaType),
            "byte-count": .number(draft.byteCount), "sha-256": .string(draft.digest.description),
        ]
    }
}

/// A number of bytes as a sentence says it: `812 bytes`, `1.4 MB`.
func readableSize(_ byteCount: UInt64) -> String {
    guard byteCount >= 1000 else { return byteCount == 1 ? "1 byte" : "\(byteCount) bytes" }
    let (unit, divisor): (String, UInt64) = byteCount < 1_000_000 ? ("kB", 1000) : ("MB", 1_000_000)
    let tenths = (byteCount * 10 + divisor / 2) / divisor
    return "\(tenths / 10).\(tenths % 10) \(unit)"
}
