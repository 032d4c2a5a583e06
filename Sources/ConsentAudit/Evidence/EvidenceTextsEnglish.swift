internal import ConsentRules

/// The page's words in English.
enum EvidenceTextsEnglish {
    static let table: [String: String] = own.merging(
        Dictionary(uniqueKeysWithValues: Reason.Code.allCases.map { ("reason.\($0.rawValue)", $0.meaning) })
    ) { $1 }

    private static let own: [String: String] = [
        "title": "Evidence of consent: %1 and %2",
        "title.handle": "Evidence of consent: %1 and the contact %2",
        "test":
            "This is from a TEST ledger: it says of itself that it is for trying out, and nothing in it need be true.",

        "who": "Who this is about",
        "who.business": "Business",
        "who.brands": "Brands",
        "who.contact": "Contact",
        "who.contact.shown": "%1, as private evidence opened from record %2 shows",
        "who.contact.stated": "%1, as who made this file states; no opened record shows it",
        "who.contact.unknown": "not known: only its handle is",
        "who.erased":
            "This contact was erased from the ledger (record %1). The address and the private evidence can no longer be shown by the ledger; the records below are all that is left.",
        "who.handle": "Handle in the log",
        "who.ledger": "Ledger",
        "who.made": "This file was made",
        "who.made.stated": "%1, as who made it states",
        "who.asked": "Asked about",
        "who.scope": "Categories; channels",
        "who.stated": "SHA-256 of what was asked and stated",
        "who.chains": "Records included",
        "who.chain.own":
            "%1 records under the contact's own handle, from its first to its last, the last being record %2",
        "who.chain.own.one": "%1 record under the contact's own handle, record %2",
        "who.chain.same-line":
            "%1 records under the handle %2, of another spelling of the same line: what it stopped counts here too",
        "who.chain.same-line.one":
            "%1 record under the handle %2, of another spelling of the same line: what it stopped counts here too",
        "who.chain.linked":
            "%1 records under the handle %2, which a record links to this contact: what it stopped counts here too",
        "who.chain.linked.one":
            "%1 record under the handle %2, which a record links to this contact: what it stopped counts here too",
        "who.chain.ledger": "%1 records of the ledger's own chain: its keys, businesses, notices and rules",
        "who.chain.ledger.one": "%1 record of the ledger's own chain: its keys, businesses, notices and rules",

        "answer": "The answer",
        "answer.none":
            "At %1, of all the categories and channels asked about, nothing recorded allowed %2 to send %3 a message.",
        "answer.some": "At %1, what is recorded allowed %2 to send %3 messages about:",
        "answer.cell": "%1 %2, since %3",
        "answer.cell.until": "%1 %2, since %3, until %4",
        "answer.person": "this person",
        "answer.caps":
            "How many messages were sent is not in the log: limits on their number are not considered here. Neither is a basis that a sender only asserts.",
        "answer.columns.what": "About",
        "answer.columns.how": "Channel",
        "answer.columns.answer": "Allowed?",
        "answer.columns.since": "Carried from – until",
        "answer.columns.why": "Why",
        "answer.rest":
            "Everything else that was asked about, %1 combinations of category and channel, was never allowed, and no record speaks of it.",
        "answer.rest.one":
            "The other combination of category and channel that was asked about (%1) was never allowed, and no record speaks of it.",
        "outcome.allow": "Yes",
        "outcome.deny": "No",
        "outcome.defer": "Not now",
        "outcome.none": "No answer",
        "open-end": "open",
        "record": "record %1",
        "records": "records %1",
        "rule": "rule %1 of %2",

        "problem.unknown-business": "the ledger did not know the business then",
        "problem.unknown-category": "the ledger did not know the category then",
        "problem.unknown-channel": "there is no such channel",
        "problem.unknown-sender": "the ledger did not know the sender then",
        "problem.unknown-template": "the ledger did not know then what messages made from the template are about",
        "problem.contradictory-question": "what is said of the message contradicts itself",
        "problem.missing-text": "the words of a notice are not there",
        "problem.not-covered": "a record is of a type that this version does not know",

        "sends": "The disputed messages",
        "sends.intro":
            "For each message, first the answer on what was recorded when it was sent, since nobody can act on more; then, where it is another, the answer on all that is recorded now.",
        "sends.columns.number": "No.",
        "sends.columns.at": "Sent",
        "sends.columns.what": "Message",
        "sends.columns.then": "Allowed then?",
        "sends.columns.why": "Why",
        "sends.today": "On all that is recorded now: %1.",
        "sends.from": "from the sender %1",
        "sends.template": "template %1",

        "timeline": "Timeline",
        "timeline.title": "What was allowed when, and what happened",
        "timeline.caption":
            "A full bar: the message was allowed, at the hours that rules allow; an empty one: it had to wait. A thin line: it was not allowed. Triangle: an opt-in; square: an opt-out or another stop; diamond: a disputed message; dot: something else. The numbers are those of the events below. All by what is recorded now; times in UTC. It ends soon after the last change, or at the moment asked about.",

        "events": "What happened, event by event",
        "events.linked": "Records of linked contacts",
        "events.linked.intro":
            "These are under other handles. They are shown because a stop recorded there binds here, and so that nothing is missing between the first and the last. Private evidence of theirs is not shown.",
        "event.happened": "Happened",
        "event.happened.unknown": "not known",
        "event.recorded": "Recorded",
        "event.scope": "About",
        "event.everything": "everything",
        "event.every-channel": "every channel",
        "event.local": "local time %1",
        "event.local-between": "local time between %1 (%2) and %3 (%4)",
        "event.method": "Captured by",
        "event.verification": "Made sure by",
        "event.presentation": "Presented as",
        "event.words": "Words shown",
        "event.words.notice": "notice %1, in %2, known to the ledger since record %3 (%4)",
        "event.words.attested": "The time it was shown is attested afterwards.",
        "event.words.missing": "The words are not in this file.",
        "event.source": "Stated by",
        "event.source.custody": "%1, authorised by record %2; the private key in custody of: %3",
        "event.source.unknown": "%1, which no record authorises",
        "event.key": "Signing key",
        "event.private": "Private evidence: %1",
        "event.private.hidden": "Private evidence",
        "event.private.count": "%1 fields are committed to and not shown here",
        "event.private.count.one": "%1 field is committed to and not shown here",
        "event.private.closed": "committed to; it is not shown here",
        "event.imported": "taken over from records kept elsewhere, not witnessed by the ledger at the time",
        "event.other": "Also said",
        "event.attached": "Attached file",
        "event.attached.here": "in this bundle, beside this page, as %1 (%2 bytes)",
        "event.attached.missing": "its content is not in this bundle",
        "event.attached.to": "; it is evidence of record %1",
        "event.seen": "Seen by others",
        "event.seen.cosigned": "it was there on %1 at the latest, as the signature of %2 on the log of size %3 says",
        "event.seen.stamped": "it was there on %1 at the latest, as a time stamp of the log of size %2 says",
        "event.unseen.cosigned": "it was not in the log of size %3, which %2 signed on %1",
        "event.unseen.stamped": "it was not in the log of size %2, which was stamped on %1 at the earliest",
        "event.place": "Place in the log",
        "event.place.value": "record %1, number %2 of its contact's chain, leaf hash %3",
        "event.unknown": "This version does not know what records of this type mean.",
        "custody.ledger": "the ledger itself",
        "custody.external": "the source, outside the ledger",

        "clearances": "Clearances",
        "clearances.intro":
            "Before a message, a sender can ask the ledger and keep its signed answer. These were given with this file.",
        "clearances.columns.decided": "Decided",
        "clearances.columns.about": "Question",
        "clearances.columns.answer": "Answer",
        "clearances.columns.anchor": "Anchored in the log",
        "clearances.none": "no",

        "proof": "What is proven, and what could still be doubted",
        "proof.tree":
            "Every record in this file is in the log %1 as it was at the size of %2, whose root hash the log's key signed. Changing, removing or adding a record there would change the root.",
        "proof.chain":
            "The contact's records are linked one to the other from the first on. None is missing between the first and the last one shown; that nothing came after the last is not proven.",
        "proof.signatures":
            "%1 statements of sources are in this file.",
        "proof.signatures.one": "%1 statement of a source is in this file.",
        "proof.held":
            " %1 of them were signed with keys that the ledger itself held: for those, source and operator are one.",
        "proof.held.one":
            " %1 of them was signed with a key that the ledger itself held: for that one, source and operator are one.",
        "proof.words":
            "The words that were shown, and each opened piece of private evidence, match the hashes that the records hold.",
        "proof.unanchored":
            "No outside party is shown in this file to have seen the log. The business itself, holding all keys, could have produced it at any time up to now; who kept an older checkpoint can show otherwise.",
        "proof.seen":
            "Others have seen the log, as signatures and time stamps in this file say. The records below a size existed when a log of that size was seen, for who trusts those whose signatures and stamps these are. This page judges none of them: consent evidence verify does, with --policy and --roots.",
        "proof.seen.all": "All the contact's records were there on %1 at the latest, as they say.",
        "proof.seen.columns.size": "Size of the log",
        "proof.seen.columns.who": "Seen by",
        "proof.seen.columns.when": "When",
        "proof.seen.stamp": "a time-stamping authority (stamp %1)",
        "proof.seen.between": "from %1 to %2",
        "proof.seen.untimed": "it says no time that can be read",
        "proof.unrecorded":
            "It is not proven that every act was recorded: an act that nobody recorded leaves no trace. Times of events are what their sources stated.",
        "proof.ledger-id": "Ledger-id",
        "proof.origin": "Origin of the log",
        "proof.root": "Root hash",
        "proof.size": "Size",
        "proof.keys": "Keys that the log names",
        "proof.doubt.columns.who": "Who, if dishonest or robbed",
        "proof.doubt.columns.can": "could",
        "proof.doubt.columns.cannot": "could not, unseen",
        "proof.doubt.operator.who": "the operator, holding all keys",
        "proof.doubt.operator.can":
            "write a whole false history newer than the oldest checkpoint that anyone else kept, or leave an act out",
        "proof.doubt.operator.cannot": "change what is older than that checkpoint",
        "proof.doubt.source.who": "a source's key",
        "proof.doubt.source.can": "state false events until the key is revoked",
        "proof.doubt.source.cannot": "change or remove what is there, or speak for another source",
        "proof.doubt.log.who": "the log's key",
        "proof.doubt.log.can": "sign a second history",
        "proof.doubt.log.cannot": "forge a source's statement",
        "proof.doubt.maker.who": "who made this file",
        "proof.doubt.maker.can":
            "leave out the newest records, private evidence, attached files, signatures and time stamps of others, or state a wrong address where no opened record shows it",
        "proof.doubt.maker.cannot": "change a record, or leave one out between the first and the last",

        "custodian": "Statement of the custodian",
        "custodian.text":
            "I am responsible for the ledger named above. This file was produced from it by its software in the ordinary course of business, and to the best of my knowledge the records in it were made at or near the times stated.",
        "custodian.name": "Name and position",
        "custodian.place": "Place and date",
        "custodian.signature": "Signature",

        "verify": "How to verify",
        "verify.text":
            "This page is made from evidence.json, which is made from the records beside it; a doctored page is found by verifying. VERIFY.txt has the steps. What must be known from elsewhere than this file: the origin, the log's key and the ledger-id.",

        "instructions": """
        How to verify this bundle of evidence
        =====================================

        evidence.html is for people. It is made from evidence.json, which is made from the records beside it, each of
        which is proven to be in the log that the file “checkpoint” signs. Verifying as under 1 or 2 finds a page that was
        doctored, whatever else was changed with it; 3 finds what is not as the records have it.

        What must be known from elsewhere
        ---------------------------------
        Everything in this file could be false as a whole. So ask the business, its auditor, or a witness of the log,
        by another way than this file, for these three, and compare:

            origin      %1
            ledger-id   %2
            log's keys, of which one must be the pinned one (VKEY below):
        %3

        1. With the program consent
        ---------------------------
            consent evidence verify FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID

        It exits with 0 if everything holds, and else names each file and record that does not. With --policy (witnesses
        that you trust) and --roots (certificates of time-stamping authorities that you trust) it also says when each
        record is shown to have existed.

        2. With verify.py, which others wrote from the specification
        ------------------------------------------------------------
        It needs Python 3.11 or later and nothing else. Take it from the project rather than from this bundle if you can:
        a forger can have changed the one in here. It looks at every record, proof and field, and computes the answers and
        the page again; what it leaves out, it says.

            python3 verify.py FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID

        3. By hand, and with any transparency-log software
        --------------------------------------------------
            unzip FILE.zip -d bundle && cd bundle && sha256sum -c SHA256SUMS

        says that the files are those that were put in. Then, for each record, here %4:

        - records/%4 is the record itself, in CBOR. Its leaf hash (RFC 6962) is

              { printf '\\0'; cat records/%4; } | sha256sum

          and is also on the page.
        - proofs/%4.tlog-proof is a C2SP tlog-proof (https://c2sp.org/tlog-proof): the line “extra” is the record in
          base64, the lines after “index” are the audit path, and the checkpoint follows. Any software for C2SP
          tlog-proof says whether the path leads from the leaf hash to the checkpoint's root, under the log's vkey. Or:
              consent verify-proof proofs/%4.tlog-proof --vkey 'VKEY' --ledger-id LEDGER_ID
        - checkpoint is a signed note (https://c2sp.org/signed-note): its first three lines are origin, size and root,
          and the line after the empty one is the log's Ed25519 signature over them. Others' lines are cosignatures
          (https://c2sp.org/tlog-cosignature).
        - checkpoints/, if it is there, has older checkpoints that others have seen, each in a proof that the log only
          grew from it. Or, for each of them:
              consent verify-proof checkpoints/SIZE.consistency-proof --vkey 'VKEY'
        - stamps/, if it is there, has time stamps (RFC 3161) of these checkpoints, named by size and SHA-256. What is
          stamped is the checkpoint's text, an empty line, and the log's signature line; with these in the file STAMPED:
              openssl ts -verify -in stamps/SIZE.SHA256.tsr -data STAMPED -CAfile ROOTS.pem
        - private/%4.json, if there is one, opens what the record only commits to: SPEC.md of the project, “Commitments”,
          has the hashes.
        - objects/ has the words that the person was shown and the rules that were adopted, each named by its SHA-256:
          sha256sum objects/* shows the same as their names. So it is with attachments/, which has the files that were
          attached as evidence: the private fields of a record say their SHA-256. Open them as you would a file from a
          stranger.

        SPEC.md of the project, “Evidence bundles”, has every detail; one can write a verifier from it alone.

        """,

        "channel.email": "by e-mail", "channel.fax": "by fax", "channel.inapp": "in the app", "channel.line": "on LINE",
        "channel.mms": "by MMS", "channel.post": "by post", "channel.push": "by push notification",
        "channel.rcs": "by RCS", "channel.sms": "by SMS", "channel.voice": "by voice call",
        "channel.whatsapp": "on WhatsApp",

        "type.consent-requested": "Asked for consent", "type.consent-given": "Consent given",
        "type.consent-confirmed": "Consent confirmed", "type.consent-renewed": "Consent renewed",
        "type.consent-refused": "Consent refused", "type.consent-withdrawn": "Consent withdrawn (opt-out)",
        "type.consent-revoked": "Consent revoked by another than the person",
        "type.consent-resumed": "Opt-out undone by the person", "type.consent-invalidated": "Consent found invalid",
        "type.basis-began": "Another basis began", "type.basis-ended": "Another basis ended",
        "type.objected": "Objection", "type.complained": "Complaint", "type.blocked": "Sender blocked",
        "type.reported": "Sender reported", "type.review-opened": "Possible opt-out held for review",
        "type.review-decided": "Review decided", "type.event-voided": "An earlier record voided",
        "type.contact-changed": "Change of address", "type.contact-linked": "Two addresses linked",
        "type.contact-unlinked": "Two addresses unlinked",
        "type.contact-reassigned": "Address passed to another person",
        "type.contact-erased": "Contact erased", "type.evidence-attached": "Evidence attached",
        "type.migrated": "Taken over from another log", "type.hold-added": "Legal hold",
        "type.hold-lifted": "Legal hold lifted",

        "method.api": "an interface of the business", "method.call-agent": "a call agent",
        "method.checkout": "a checkout",
        "method.click-to-chat": "click to chat", "method.command-line": "typed in by the operator",
        "method.email-link": "a link in an e-mail", "method.import": "an import", "method.in-app": "an app",
        "method.in-person": "in person", "method.ivr": "a telephone menu", "method.keyword": "a keyword",
        "method.offline": "offline", "method.one-click-unsubscribe": "one-click unsubscribe",
        "method.other": "another way",
        "method.paper": "paper", "method.platform-preference": "a preference on the platform",
        "method.point-of-sale": "a point of sale", "method.provider-signal": "a signal of the provider",
        "method.qr-code": "a QR code", "method.web-form": "a web form", "method.whatsapp-thread": "a WhatsApp thread",

        "verification.code": "a code that was sent and entered", "verification.double-opt-in": "a double opt-in",
        "verification.in-thread": "an answer in the same thread", "verification.none": "nothing",
        "verification.signed": "a signature",
    ]
}
