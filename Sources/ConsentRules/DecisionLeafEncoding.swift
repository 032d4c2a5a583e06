internal import ConsentModel
public import LedgerCrypto

extension DecisionLeaf {
    /// A leaf's bytes, and what a clearance takes of its question.
    public struct Encoded: Sendable {
        /// The leaf.
        public let bytes: [UInt8]
        /// SHA-256 over the question with the leaf's salt, of which a clearance's `inputs` are made.
        public let question: SHA256Digest
    }

    static let tag = "consent-ledger/decision/v1"
    private static let questionTag = "consent-ledger/question/v1"

    /// The leaf in deterministic CBOR.
    public func encoded() -> Encoded {
        var question = CBOREncoder(reservingCapacity: 320)
        question.array(count: 3)
        question.text(Self.questionTag)
        question.byteString(salt)
        let start = question.bytes.count
        encode(to: &question)
        var leaf = CBOREncoder(reservingCapacity: 512)
        leaf.array(count: 4)
        leaf.text(Self.tag)
        leaf.byteString(salt)
        leaf.item(question.bytes[start...])
        encodeAnswer(to: &leaf)
        return Encoded(bytes: leaf.bytes, question: SHA256Digest(hashing: question.bytes))
    }

    private func encode(to encoder: inout CBOREncoder) {
        let optional = [
            handle != nil, !otherHandles.isEmpty, question.sender != nil, question.template != nil,
            question.purpose != .message, question.assertedBasis != nil, question.replyingTo != nil,
            question.recipient.country != nil, !question.recipient.clocks.isEmpty, question.usesSince != nil,
            !question.uses.isEmpty, !categories.isEmpty, reference != nil,
        ]
        encoder.map(count: 5 + optional.count { $0 })
        encoder.unsigned(QuestionKey.ledgerID.rawValue)
        encoder.byteString(ledgerID)
        encoder.pair(QuestionKey.business.rawValue, text: question.business)
        encoder.pair(QuestionKey.contact.rawValue, text: contact)
        if let handle {
            encoder.unsigned(QuestionKey.handle.rawValue)
            encoder.byteString(handle)
        }
        if !otherHandles.isEmpty {
            encoder.unsigned(QuestionKey.otherHandles.rawValue)
            encoder.array(count: otherHandles.count)
            for handle in otherHandles { encoder.byteString(handle) }
        }
        encoder.pair(QuestionKey.channel.rawValue, text: question.channel)
        if !categories.isEmpty { encoder.pair(QuestionKey.categories.rawValue, texts: categories) }
        encoder.pair(QuestionKey.sender.rawValue, text: question.sender)
        encoder.pair(QuestionKey.template.rawValue, text: question.template)
        encoder.pair(QuestionKey.purpose.rawValue, text: question.purpose.statedWord)
        encoder.pair(QuestionKey.at.rawValue, time: question.at)
        encoder.pair(QuestionKey.assertedBasis.rawValue, text: question.assertedBasis)
        encoder.pair(QuestionKey.replyingTo.rawValue, time: question.replyingTo)
        encoder.pair(QuestionKey.country.rawValue, text: question.recipient.country)
        if !question.recipient.clocks.isEmpty {
            encoder.unsigned(QuestionKey.clocks.rawValue)
            encoder.array(count: question.recipient.clocks.count)
            for clock in question.recipient.clocks { encoder.clock(clock) }
        }
        encoder.pair(QuestionKey.usesSince.rawValue, time: question.usesSince)
        if !question.uses.isEmpty {
            encoder.unsigned(QuestionKey.uses.rawValue)
            encoder.array(count: question.uses.count)
            for use in question.uses { encoder.use(use) }
        }
        encoder.pair(QuestionKey.reference.rawValue, text: reference)
    }

    private func encodeAnswer(to encoder: inout CBOREncoder) {
        encoder.map(count: 2 + [nextAllowedAt != nil, lapsesAt != nil, !packs.isEmpty].count { $0 })
        encoder.pair(AnswerKey.outcome.rawValue, text: outcome.rawValue)
        encoder.unsigned(AnswerKey.reasons.rawValue)
        encoder.array(count: reasons.count)
        for reason in reasons {
            let optional = [
                !reason.records.isEmpty, reason.time != nil, reason.rule != nil, reason.category != nil,
            ]
            encoder.map(count: 1 + optional.count { $0 })
            encoder.pair(ReasonKey.code.rawValue, text: reason.code)
            if !reason.records.isEmpty {
                encoder.unsigned(ReasonKey.records.rawValue)
                encoder.array(count: reason.records.count)
                for record in reason.records { encoder.unsigned(record) }
            }
            encoder.pair(ReasonKey.time.rawValue, time: reason.time)
            if let rule = reason.rule {
                encoder.unsigned(ReasonKey.rule.rawValue)
                encoder.array(count: 2)
                encoder.byteString(rule.pack)
                encoder.text(rule.rule)
            }
            encoder.pair(ReasonKey.category.rawValue, text: reason.category)
        }
        encoder.pair(AnswerKey.nextAllowedAt.rawValue, time: nextAllowedAt)
        encoder.pair(AnswerKey.lapsesAt.rawValue, time: lapsesAt)
        guard !packs.isEmpty else { return }
        encoder.unsigned(AnswerKey.packs.rawValue)
        encoder.array(count: packs.count)
        for pack in packs {
            encoder.array(count: 4)
            encoder.text(pack.name)
            encoder.text(pack.version)
            encoder.byteString(pack.digest)
            encoder.unsigned(pack.adoption)
        }
    }

    enum QuestionKey: UInt64 {
        case ledgerID = 1
        case business, contact, handle, otherHandles, channel, categories, sender, template, purpose, at, assertedBasis
        case replyingTo, country, clocks, usesSince, uses, reference
    }

    enum UseKey: UInt64 {
        case at = 1
        case channel, categories, categoryClass, sender, purpose, concerns
    }

    enum AnswerKey: UInt64 {
        case outcome = 1
        case reasons, nextAllowedAt, lapsesAt, packs
    }

    enum ReasonKey: UInt64 {
        case code = 1
        case records, time, rule, category
    }
}

extension Question.Purpose {
    /// The word that a leaf says it with; the message itself is not said.
    fileprivate var statedWord: String? { self == .message ? nil : rawValue }
}

extension CBOREncoder {
    fileprivate mutating func pair(_ key: UInt64, text value: String?) {
        guard let value else { return }
        unsigned(key)
        text(value)
    }

    fileprivate mutating func pair(_ key: UInt64, time value: Timestamp?) {
        guard let value else { return }
        unsigned(key)
        unsigned(value.milliseconds)
    }

    fileprivate mutating func pair(_ key: UInt64, texts values: [String]) {
        unsigned(key)
        array(count: values.count)
        for value in values { text(value) }
    }

    fileprivate mutating func clock(_ clock: LocalClock) {
        array(count: 2)
        text(clock.name)
        array(count: clock.offsets.count)
        for offset in clock.offsets {
            array(count: 2)
            unsigned(offset.since.milliseconds)
            if offset.seconds < 0 { negative(UInt64(-1 - offset.seconds)) } else { unsigned(UInt64(offset.seconds)) }
        }
    }

    fileprivate mutating func use(_ use: Use) {
        map(count: 4 + [use.sender != nil, use.purpose != .message, use.concerns != nil].count { $0 })
        pair(DecisionLeaf.UseKey.at.rawValue, time: use.at)
        pair(DecisionLeaf.UseKey.channel.rawValue, text: use.channel)
        pair(DecisionLeaf.UseKey.categories.rawValue, texts: use.categories)
        pair(DecisionLeaf.UseKey.categoryClass.rawValue, text: use.categoryClass)
        pair(DecisionLeaf.UseKey.sender.rawValue, text: use.sender)
        pair(DecisionLeaf.UseKey.purpose.rawValue, text: use.purpose.statedWord)
        if let concerns = use.concerns {
            unsigned(DecisionLeaf.UseKey.concerns.rawValue)
            unsigned(concerns)
        }
    }
}
