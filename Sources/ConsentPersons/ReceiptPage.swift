package import ConsentAudit
package import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// A receipt as a page for the person.
package struct ReceiptPage {
    private let receipt: ConsentReceipt
    private let parts: PersonPage

    /// Throws `badInput` for a language that there are no texts for.
    package init(_ receipt: ConsentReceipt) throws(LedgerError) {
        self.receipt = receipt
        parts = try PersonPage(receipt.reading, language: receipt.language)
    }

    private var reading: PersonReading { receipt.reading }
    private var controller: ControllerFile { receipt.controller }
    private var texts: EvidenceTexts { parts.texts }

    package var page: EvidencePage {
        EvidencePage(
            language: receipt.language,
            title: texts.pieces("receipt.title", [.words(reading.business.name)]).map(\.text).joined(),
            sections: [parts.section("receipt.about", about), parts.section("receipt.consents", consents)]
                + (reading.bases.isEmpty ? [] : [parts.section("person.bases", [bases])])
                + [parts.section("receipt.business", business), parts.section("receipt.check", check)])
    }

    private var about: [EvidencePage.Block] {
        [
            .facts(parts.about + [parts.fact("receipt.id", [.value(receipt.id)])]),
            .paragraph([.words(texts.text("receipt.intro"))]),
        ] + parts.test
    }

    private var consents: [EvidencePage.Block] {
        guard !reading.consents.isEmpty else { return [parts.note("receipt.none", style: "no")] }
        return reading.consents.flatMap { consent -> [EvidencePage.Block] in
            var facts = [parts.fact("receipt.record-id", [.value(receipt.recordID(of: consent.cell))])]
            if let since = consent.since { facts.insert(parts.fact("receipt.since", parts.moment(since)), at: 0) }
            if consent.status.stands || consent.status == .requested {
                facts.insert(
                    parts.fact(
                        "receipt.until",
                        consent.expiresAt.map(parts.moment) ?? [.words(texts.text("receipt.until.withdrawn"))]),
                    at: facts.count - 1)
            }
            return [
                .heading(parts.cell(consent.cell)),
                .paragraph(parts.status(consent), style: parts.style(consent.status)), .facts(facts),
            ] + (consent.carrier.map(parts.words) ?? []) + [parts.acts(consent.acts)]
        }
    }

    private var bases: EvidencePage.Block {
        .table(
            columns: ["about", "basis", "stands", "since"].map { texts.text("person.bases.\($0)") },
            rows: reading.bases.map { basis in
                [
                    parts.cell(basis.cell), [.words(texts.word("basis", basis.basis))],
                    [.words(texts.text(basis.stands ? "outcome.allow" : "outcome.deny"))],
                    basis.acts.last.map(parts.occurred) ?? [],
                ]
            })
    }

    /// What the business says of itself, how one withdraws, and what it did not say.
    private var business: [EvidencePage.Block] {
        let stated: [(String, String?)] = [
            ("withdrawal", controller.withdrawal), ("rights", controller.rights),
            ("postal-address", controller.postalAddress), ("email", controller.email), ("phone", controller.phone),
            ("url", controller.url), ("privacy-notice", controller.privacyNotice),
            ("storage-locations", controller.storageLocations?.joined(separator: ", ")),
            ("retention", controller.retention.map(parts.length)), ("authority", controller.authority),
            (
                "recipients",
                controller.recipients.map {
                    $0.isEmpty ? texts.text("receipt.recipients.none") : $0.joined(separator: ", ")
                }
            ),
            ("jurisdiction", reading.business.country),
        ]
        let facts = stated.compactMap { name, value in
            value.map { parts.fact("receipt.controller.\(name)", [.value($0)]) }
        }
        let missing = receipt.missing
        return (facts.isEmpty ? [] : [.facts(facts)])
            + (missing.isEmpty
                ? []
                : [
                    parts.note("receipt.missing"),
                    .list(missing.map { [.words(texts.text("receipt.missing.\($0.rawValue)"))] }),
                ])
    }

    private var check: [EvidencePage.Block] {
        var seen: Set<UInt64> = []
        let records = (reading.consents.flatMap(\.acts) + reading.bases.flatMap(\.acts)).sorted { $0.index < $1.index }
            .filter { seen.insert($0.index).inserted }
        let facts = records.map { record in
            EvidencePage.Fact(
                name: texts.pieces("record", [.words(String(record.index))]).map(\.text).joined(),
                value: texts.pieces(
                    receipt.isPublished(record) ? "receipt.published" : "receipt.unpublished",
                    parts.moment(record.recordedAt), [.value(record.leafHash.description)]))
        }
        return [.paragraph([.words(texts.text("receipt.check.text"))])]
            + (facts.isEmpty ? [] : [.facts(facts)]) + [.facts(parts.log)]
            + (receipt.checkpointText.map { [.quote(.value($0))] } ?? [])
    }
}
