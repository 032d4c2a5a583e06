internal import ConsentLedger
package import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// A receipt as JSON-LD 1.1: the profile dpv-27560 of the W3C Data Privacy Vocabulary, by its guide of 15 February 2026 (DPV
/// 2.3). The context is in the document: nothing is to be fetched. SPEC.md, “Consent receipts”, has what stands where.
package struct ReceiptJSONLD {
    private let receipt: ConsentReceipt
    private var reading: PersonReading { receipt.reading }
    private var controller: ControllerFile { receipt.controller }

    package init(_ receipt: ConsentReceipt) { self.receipt = receipt }

    private static let profile = "https://w3id.org/dpv/schema/dpv-27560#"
    private static let prefixes = [
        ("dct", "http://purl.org/dc/terms/"), ("dpv", "https://w3id.org/dpv#"),
        ("loc", "https://w3id.org/dpv/loc#"), ("pd", "https://w3id.org/dpv/pd#"),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"), ("schema", "https://schema.org/"),
        ("skos", "http://www.w3.org/2004/02/skos/core#"), ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ]

    /// The document.
    package var json: JSON {
        Self.object([
            ("@context", .object(Self.prefixes.map { ($0, .string($1)) })),
            ("@id", .string("urn:uuid:\(receipt.id)")), ("@type", .string("dpv:ConsentReceipt")),
            ("dct:identifier", .string(receipt.id)), ("dpv:hasIdentifier", .string(receipt.id)),
            ("dct:conformsTo", Self.iri(Self.profile + "receipt")), ("dct:created", Self.time(reading.readAt)),
            ("dct:language", .string(receipt.language)), ("dct:publisher", Self.iri(receipt.controllerIRI)),
            ("schema:recipient", Self.iri(receipt.subjectIRI)), ("dct:provenance", provenance),
            (
                "schema:additionalProperty",
                Self.list(
                    (reading.isTest ? [Self.property("test-ledger", "true")] : [])
                        + receipt.missing.map { Self.property("missing", $0.rawValue) })
            ),
            ("dpv:hasEntity", .array([business, person])),
            ("dpv:hasRecordOfActivity", Self.list(reading.consents.map(record))),
            ("dpv:hasProcess", Self.list(reading.bases.map(process))),
        ])
    }

    // MARK: Parties

    private var business: JSON {
        let contact = Self.object([
            ("@type", .string("schema:ContactPoint")), ("schema:email", controller.email.map { .string($0) }),
            ("schema:telephone", controller.phone.map { .string($0) }),
            ("schema:url", controller.url.map { .string($0) }),
        ])
        let hasContact = controller.email != nil || controller.phone != nil || controller.url != nil
        return Self.object([
            ("@id", .string(receipt.controllerIRI)), ("@type", .string("dpv:DataController")),
            ("dpv:hasName", .string(reading.business.name)), ("dpv:hasIdentifier", .string(receipt.controllerIRI)),
            ("dct:identifier", .string(reading.business.id)), ("schema:contactPoint", hasContact ? contact : nil),
            (
                "schema:address",
                controller.postalAddress.map {
                    ["@type": .string("schema:PostalAddress"), "schema:streetAddress": .string($0)]
                }
            ),
            ("schema:url", controller.url.map { .string($0) }),
            (
                "dpv:hasNotice",
                controller.privacyNotice.map {
                    ["@type": .string("dpv:PrivacyNotice"), "schema:url": .string($0)]
                }
            ),
            (
                "dpv:hasAuthority",
                controller.authority.map { ["@type": .string("dpv:Authority"), "dpv:hasName": .string($0)] }
            ),
        ])
    }

    private var person: JSON {
        Self.object([
            ("@id", .string(receipt.subjectIRI)), ("@type", .string("dpv:DataSubject")),
            ("dct:identifier", .string(reading.address.text)), ("dpv:hasIdentifier", .string(receipt.subjectIRI)),
            ("schema:additionalProperty", Self.list(reading.handles.map { Self.property("handle", "\($0)") })),
        ])
    }

    // MARK: Consents

    private func record(_ consent: PersonConsent) -> JSON {
        let id = receipt.recordID(of: consent.cell)
        let notices = uniqueNotices(of: consent)
        return Self.object([
            ("@id", .string("urn:uuid:\(id)")), ("@type", .string("dpv:ConsentRecord")),
            ("dct:identifier", .string(id)), ("dpv:hasIdentifier", .string(id)),
            ("dct:conformsTo", Self.iri(Self.profile + "record")),
            ("dpv:hasDataSubject", Self.iri(receipt.subjectIRI)),
            ("dpv:hasDataController", Self.iri(receipt.controllerIRI)),
            ("dpv:hasJurisdiction", jurisdiction), ("dpv:hasLegalBasis", Self.iri("dpv:" + Self.kind(of: consent))),
            ("dct:language", Self.list(Set(notices.map(\.language)).sorted().map { .string($0) })),
            ("dpv:hasNotice", Self.list(notices.map(\.json))),
            ("dpv:hasProcess", process(of: consent.cell, withdrawal)),
            ("dpv:hasConsentStatus", .array(statuses(of: consent))),
        ])
    }

    /// What became of the consent, in the order of the log; what it is now comes last.
    private func statuses(_ acts: [PersonRecord]) -> [(status: ConsentStatus, json: JSON)] {
        acts.compactMap { record in
            guard let event = record.event, let status = ConsentStatus(event.type) else { return nil }
            return (
                status,
                Self.object([
                    ("@type", .string("dpv:\(status.rawValue)")),
                    ("dpv:isIndicatedAtTime", event.occurredAt.map(Self.time)),
                    ("dpv:isIndicatedBy", Self.iri(actor(status))),
                    ("dpv:hasIndicationMethod", Self.method(event).map { .string($0) }),
                    ("dpv:hasDuration", duration(status, event)),
                    ("dct:source", source(record)),
                ])
            )
        }
    }

    private func statuses(of consent: PersonConsent) -> [JSON] {
        let stated = statuses(consent.acts)
        guard stated.last?.status != consent.status else { return stated.map(\.json) }
        return stated.map(\.json) + [
            Self.object([
                ("@type", .string("dpv:\(consent.status.rawValue)")),
                ("dpv:isIndicatedAtTime", Self.time(consent.since ?? reading.readAt)),
                ("dpv:isIndicatedBy", Self.iri(actor(consent.status))),
                ("dpv:hasDuration", Self.until("dpv:UntilEventDuration", .string("another act of the person"))),
                ("schema:additionalProperty", consent.code.map { Self.property("reason", $0.rawValue) }),
            ])
        ]
    }

    private func actor(_ status: ConsentStatus) -> String {
        switch status {
        case .requested: receipt.controllerIRI
        case .given, .renewed, .refused, .withdrawn: receipt.subjectIRI
        // By another than the person, whom the record does not name.
        case .revoked, .invalidated, .expired, .unknown, .notValid: "dpv:Entity"
        }
    }

    /// Expressed where the record says by which control and that nothing else went with it; else what is sure.
    private static func kind(of consent: PersonConsent) -> String {
        guard case .presentation(let shown) = consent.carrier?.event?[.presentation], shown.control != nil,
            !shown.preTicked, !shown.bundled, !shown.conditionOfPurchase
        else { return "Consent" }
        return "ExpressedConsent"
    }

    private static func method(_ event: Event) -> String? {
        var parts = [event.text(.method), event.text(.verification).map { "verification: \($0)" }].compactMap(\.self)
        if event.isImported { parts.append("imported; not witnessed at the time") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private func duration(_ status: ConsentStatus, _ event: Event) -> JSON {
        // What a confirmation confirms has its end in the request.
        let terms = event.type == .consentConfirmed ? reading.record(of: event.bytes(.request))?.event : event
        if let end = terms?.time(.expiresAt) { return Self.until("dpv:UntilTimeDuration", Self.time(end)) }
        if let length = event.number(.validFor), let start = event.occurredAt?.start {
            return Self.until("dpv:UntilTimeDuration", Self.time(start.adding(milliseconds: length)))
        }
        switch status {
        case .given, .renewed: return Self.until("dpv:UntilEventDuration", .string("withdrawal"))
        case .requested: return Self.until("dpv:UntilEventDuration", .string("confirmation or refusal"))
        default: return Self.until("dpv:UntilEventDuration", .string("consent given anew"))
        }
    }

    private static func until(_ kind: String, _ value: JSON) -> JSON {
        ["@type": .string(kind), "rdf:value": value]
    }

    private func uniqueNotices(of consent: PersonConsent) -> [(language: String, json: JSON)] {
        var seen: Set<UInt64> = []
        return consent.acts.compactMap { act in
            guard let notice = act.notice, seen.insert(notice.window.from).inserted else { return nil }
            return (
                notice.language,
                Self.object([
                    ("@type", .string("dpv:ConsentNotice")), ("dct:title", .string(notice.name)),
                    ("dct:language", .string(notice.language)),
                    ("dct:date", Self.time(notice.shown?.from ?? notice.recordedAt)),
                    ("dct:description", act.words.map { .string($0) }),
                    ("dct:identifier", .string("sha-256:" + Hexadecimal.encode(notice.textDigest))),
                    (
                        "schema:additionalProperty",
                        Self.list([Self.property("record", String(notice.window.from))])
                    ),
                ])
            )
        }
    }

    // MARK: Processing

    private func process(_ basis: PersonBasis) -> JSON {
        let begun = basis.acts.last { $0.event?.type == .basisBegan }
        let process =
            process(of: basis.cell)
            + Self.object([
                ("dpv:hasDataController", Self.iri(receipt.controllerIRI)), ("dpv:hasJurisdiction", jurisdiction),
                ("dpv:hasDataSubject", Self.iri(receipt.subjectIRI)),
                ("dpv:hasLegalBasis", Self.iri(Self.basis(basis.basis))),
                ("dct:date", begun?.event?.occurredAt.map(Self.time)),
                ("dct:valid", begun?.event?.time(.expiresAt).map(Self.time)),
                ("dct:source", Self.list(basis.acts.map(source))),
            ])
        return basis.stands ? process : process + ["schema:additionalProperty": Self.property("stands", "false")]
    }

    private func process(of cell: PersonCells.Cell, _ withdrawal: JSON? = nil) -> JSON {
        let locations = controller.storageLocations.map { countries -> JSON in
            [
                "@type": .string("dpv:StorageLocation"),
                "dpv:hasLocation": .array(countries.map(Self.country)),
            ]
        }
        let retention = controller.retention.map { length -> JSON in
            [
                "@type": .string("dpv:StorageDuration"),
                "dpv:hasDuration": Self.until(
                    "dpv:TemporalDuration", ["@value": .string(length), "@type": .string("xsd:duration")]),
            ]
        }
        let recipients = controller.recipients.map { others -> [JSON] in
            [Self.iri(receipt.controllerIRI)]
                + others.map { ["@type": .string("dpv:ThirdParty"), "dpv:hasName": .string($0)] }
        }
        return Self.object([
            ("@type", .string("dpv:Process")),
            (
                "dpv:hasPurpose",
                Self.object([
                    ("@type", .string("dpv:Purpose")),
                    ("skos:broader", Self.iri("dpv:" + Self.purpose(cell.category.categoryClass))),
                    ("dct:identifier", .string(cell.category.id)),
                    ("dct:title", cell.category.name.map { .string($0) }),
                    (
                        "schema:additionalProperty",
                        Self.list(
                            [Self.property("channel", cell.channel)]
                                + (cell.sender.map { [Self.property("sender", $0)] } ?? []))
                    ),
                ])
            ),
            (
                "dpv:hasPersonalData",
                [
                    "@type": .string("dpv:PersonalData"),
                    "skos:broader": Self.iri("pd:" + Self.personalData(reading.address.kind)),
                ]
            ),
            ("dpv:hasStorageCondition", Self.list([locations, retention].compactMap(\.self))),
            ("dpv:hasRecipient", recipients.map { .array($0) }),
            ("dpv:hasConsentControl", withdrawal),
            (
                "dpv:hasRight",
                controller.rights.map {
                    ["@type": .string("dpv:DataSubjectRight"), "dpv:isExercisedAt": .string($0)]
                }
            ),
        ])
    }

    private var withdrawal: JSON? {
        controller.withdrawal.map {
            ["@type": .string("dpv:WithdrawConsent"), "dpv:isExercisedAt": .string($0)]
        }
    }

    private var jurisdiction: JSON? { reading.business.country.map(Self.country) }

    /// The term of a country; its code where there is none: for what is no country, and for three that ISO 3166-1 only
    /// reserves.
    private static func country(_ code: String) -> JSON {
        CountryCodes.contains(code) && !["AC", "TA", "XK"].contains(code) ? iri("loc:\(code)") : .string(code)
    }

    /// What a class of categories is for, in DPV's words.
    private static func purpose(_ categoryClass: String) -> String {
        switch categoryClass {
        case "marketing": "DirectMarketing"
        case "authentication": "IdentityAuthentication"
        case "service": "CommunicationForCustomerCare"
        default: "CommunicationManagement"
        }
    }

    private static func basis(_ basis: String) -> String {
        switch basis {
        case "contract": "dpv:Contract"
        case "legal-obligation": "dpv:LegalObligation"
        case "legitimate-interest": "dpv:LegitimateInterest"
        default: "dpv:LegalBasis"
        }
    }

    private static func personalData(_ kind: ContactAddress.Kind) -> String {
        switch kind {
        case .phone: "TelephoneNumber"
        case .email: "EmailAddress"
        case .whatsAppUser: "AccountIdentifier"
        }
    }

    // MARK: The log

    /// Where a record is in the log.
    private func source(_ record: PersonRecord) -> JSON {
        [
            "dct:identifier": .string("\(reading.origin) record \(record.index)"),
            "dct:created": Self.time(record.recordedAt),
            "schema:additionalProperty": .array([
                Self.property("record", String(record.index)),
                Self.property("leaf-hash", record.leafHash.description),
                Self.property("event-id", record.payload.id.description),
                Self.property("in-checkpoint", receipt.isPublished(record) ? "true" : "false"),
            ]),
        ]
    }

    private var provenance: JSON {
        let note = receipt.checkpointText
        return [
            "@type": .string("dct:ProvenanceStatement"),
            "schema:additionalProperty": .array(
                [
                    Self.property("origin", reading.origin),
                    Self.property("ledger-id", reading.ledgerID?.description ?? ""),
                    Self.property("size", String(reading.size)), Self.property("root", reading.root.description),
                ] + (note.map { [Self.property("checkpoint", $0)] } ?? [])),
        ]
    }

    // MARK: Values

    /// An object of those members that have a value.
    private static func object(_ members: [(String, JSON?)]) -> JSON {
        .object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// A list; `nil` where it is empty.
    private static func list(_ items: [JSON]) -> JSON? { items.isEmpty ? nil : .array(items) }

    private static func iri(_ name: String) -> JSON { ["@id": .string(name)] }

    private static func property(_ name: String, _ value: String) -> JSON {
        [
            "@type": .string("schema:PropertyValue"), "schema:propertyID": .string(name),
            "schema:value": .string(value),
        ]
    }

    private static func time(_ time: Timestamp) -> JSON {
        ["@value": .string(time.description), "@type": .string("xsd:dateTime")]
    }

    /// A day that is known as a day is a date; else its beginning.
    private static func time(_ time: OccurredAt) -> JSON {
        guard time.precision == OccurredAt.day, time.start.milliseconds % OccurredAt.day == 0 else {
            return self.time(time.start)
        }
        return ["@value": .string(time.start.date), "@type": .string("xsd:date")]
    }
}
