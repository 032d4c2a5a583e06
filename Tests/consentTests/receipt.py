"""Judges consent receipts with rdflib: receipt.py [--complete] FILE…

Each is JSON-LD that expands without any network; every term of DPV in it exists (those below were looked up in DPV 2.3,
w3c/dpv@f01a55c3c0983e35cdfdf80593ece3353faba7b8); and it has what the guide to the profile dpv-27560 (final report of 15
February 2026) says must be there, with its cardinality. Without --complete, what only the business can say may be missing,
and is then said to be. Prints nothing where all holds, else a sentence a line, and exits with 1."""

import json
import sys
import urllib.request

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS, XSD


def no_network(*_, **__):
    raise AssertionError("something was to be fetched")


urllib.request.urlopen = no_network
urllib.request.OpenerDirector.open = no_network

DPV = Namespace("https://w3id.org/dpv#")
LOC = Namespace("https://w3id.org/dpv/loc#")
PD = Namespace("https://w3id.org/dpv/pd#")
SCHEMA = Namespace("https://schema.org/")
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"

PROPERTIES = {
    DPV: """hasAuthority hasConsentControl hasConsentStatus hasDataController hasDataSubject hasDuration hasEntity
        hasIdentifier hasIndicationMethod hasJurisdiction hasLegalBasis hasLocation hasName hasNotice hasPersonalData
        hasProcess hasPurpose hasRecipient hasRecordOfActivity hasRight hasStorageCondition isExercisedAt isIndicatedAtTime
        isIndicatedBy""",
    SCHEMA: """additionalProperty address contactPoint email propertyID recipient streetAddress telephone url value""",
    DCTERMS: """conformsTo created date description identifier language provenance publisher source title valid""",
    SKOS: "broader",
    RDF: "type value",
}
CONCEPTS = {
    DPV: """Authority CommunicationForCustomerCare CommunicationManagement Consent ConsentExpired ConsentGiven
        ConsentInvalidated ConsentNotice ConsentReceipt ConsentRecord ConsentRefused ConsentRequested ConsentRevoked
        ConsentStatusInvalidForProcessing ConsentUnknown ConsentWithdrawn Contract DataController DataSubject
        DataSubjectRight DirectMarketing Entity ExpressedConsent IdentityAuthentication LegalBasis LegalObligation
        LegitimateInterest PersonalData PrivacyNotice Process Purpose RenewedConsentGiven StorageDuration StorageLocation
        TemporalDuration ThirdParty UntilEventDuration UntilTimeDuration WithdrawConsent""",
    PD: "AccountIdentifier EmailAddress TelephoneNumber",
    SCHEMA: "ContactPoint PostalAddress PropertyValue",
    DCTERMS: "ProvenanceStatement",
}
KNOWN = {name[term] for name, terms in [*PROPERTIES.items(), *CONCEPTS.items()] for term in terms.split()}
STATUSES = {term for term in KNOWN if str(term).startswith(str(DPV) + "Consent")} | {DPV.RenewedConsentGiven}

# What must be there, and what of it the business alone can say: the property, at least, at most.
RECEIPT = [(DCTERMS.conformsTo, 1, 1), (DPV.hasIdentifier, 1, 1), (DCTERMS.identifier, 1, 1), (DCTERMS.created, 1, 1),
           (DPV.hasRecordOfActivity, 1, None), (DCTERMS.publisher, 1, 1)]
RECORD = [(DCTERMS.conformsTo, 1, 1), (DPV.hasIdentifier, 1, None), (DCTERMS.identifier, 1, None),
          (DPV.hasDataSubject, 1, 1), (DPV.hasDataController, 1, None), (DPV.hasProcess, 1, None),
          (DPV.hasLegalBasis, 1, None), (DPV.hasConsentStatus, 1, None)]
RECORD_STATED = [(DPV.hasNotice, 1, None, "notice"), (DCTERMS.language, 1, None, "notice"),
                 (DPV.hasJurisdiction, 1, None, "jurisdiction")]
PROCESS = [(DPV.hasPurpose, 1, None), (DPV.hasPersonalData, 1, None)]
PROCESS_STATED = [(DPV.hasStorageCondition, 1, None, "storage-locations retention"),
                  (DPV.hasRecipient, 1, None, "recipients"), (DPV.hasConsentControl, 1, None, "withdrawal"),
                  (DPV.hasRight, 1, None, "rights")]
STATUS = [(DPV.hasDuration, 1, None), (DPV.isIndicatedBy, 1, None)]
STATUS_STATED = [(DPV.isIndicatedAtTime, 1, None, "time")]
ENTITY = [(DPV.hasName, 1, None), (DPV.hasIdentifier, 1, None)]
ENTITY_STATED = [(SCHEMA.contactPoint, 1, None, "contact"), (SCHEMA.address, 1, None, "postal-address")]


def problems(path, complete):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    context = json.loads(text)["@context"]
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        yield "the context is not in the document"
        return
    graph = Graph().parse(data=text, format="json-ld")
    for subject, predicate, value in graph:
        if predicate not in KNOWN:
            yield f"{predicate} is no property"
        if isinstance(value, URIRef):
            for space in (DPV, LOC, PD, SCHEMA, DCTERMS):
                if str(value).startswith(str(space)) and value not in KNOWN:
                    if not (space == LOC and len(str(value)) == len(str(LOC)) + 2):
                        yield f"{value} is no term"
        if isinstance(value, Literal) and value.datatype in (XSD.dateTime, XSD.date, XSD.duration) and value.ill_typed:
            yield f"{value} is no {value.datatype}"
    missing = {str(graph.value(node, SCHEMA.value)) for node in graph.subjects(SCHEMA.propertyID, Literal("missing"))}
    if complete and missing:
        yield f"missing: {missing}"

    def check(node, kind, required, stated=()):
        for predicate, least, most in required:
            count = len(set(graph.objects(node, predicate)))
            if count < least or (most is not None and count > most):
                yield f"{kind} {node} has {count} of {predicate}"
        for predicate, least, _, words in stated:
            count = len(set(graph.objects(node, predicate)))
            if count < least and not missing & set(words.split()):
                yield f"{kind} {node} lacks {predicate}, and it is not said to be missing"

    receipts = list(graph.subjects(RDF.type, DPV.ConsentReceipt))
    if len(receipts) != 1:
        yield f"there are {len(receipts)} receipts"
    for receipt in receipts:
        yield from check(receipt, "receipt", RECEIPT)
        if graph.value(receipt, DCTERMS.conformsTo) != URIRef(PROFILE + "receipt"):
            yield "the receipt names another profile"
        for record in graph.objects(receipt, DPV.hasRecordOfActivity):
            if graph.value(record, RDF.type) != DPV.ConsentRecord:
                yield f"{record} is no consent record"
            if graph.value(record, DCTERMS.conformsTo) != URIRef(PROFILE + "record"):
                yield "a record names another profile"
            yield from check(record, "record", RECORD, RECORD_STATED)
            for process in graph.objects(record, DPV.hasProcess):
                yield from check(process, "process", PROCESS, PROCESS_STATED)
                for purpose in graph.objects(process, DPV.hasPurpose):
                    yield from check(purpose, "purpose", [(SKOS.broader, 1, None)])
            for status in graph.objects(record, DPV.hasConsentStatus):
                if graph.value(status, RDF.type) not in STATUSES:
                    yield f"{graph.value(status, RDF.type)} is no status"
                yield from check(status, "status", STATUS, STATUS_STATED)
            for notice in graph.objects(record, DPV.hasNotice):
                yield from check(notice, "notice", [(DCTERMS.language, 1, 1), (DCTERMS.identifier, 1, 1)])
        if (receipt, DPV.hasEntity, graph.value(receipt, DCTERMS.publisher)) not in graph:
            yield "the publisher is not among the entities"
        for entity in graph.objects(receipt, DPV.hasEntity):
            if (entity, RDF.type, DPV.DataController) in graph:
                yield from check(entity, "entity", ENTITY, ENTITY_STATED)


def main(arguments):
    complete = "--complete" in arguments
    found = [f"{path}: {problem}" for path in arguments if path != "--complete" for problem in problems(path, complete)]
    print("\n".join(found))
    sys.exit(1 if found else 0)


main(sys.argv[1:])
