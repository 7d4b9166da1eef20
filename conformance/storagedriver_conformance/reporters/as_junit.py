"""A report as JUnit's XML, which CI systems read."""

import re
from xml.etree import ElementTree as ET

from storagedriver_conformance.findings import Finding, Report, Result, Status
from storagedriver_conformance.reporters import timelines
from storagedriver_conformance.reporters.redaction import redacted
from storagedriver_conformance.reporters.terminal import recipe

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(report: Report) -> str:
    """Return the report as a JUnit document."""
    suite = ET.Element("testsuite", name=_clean(report.target), time=f"{report.seconds:.3f}")
    suite.set("tests", str(len(report.results)))
    suite.set("failures", str(len(report.having(Status.FAILED))))
    broken = report.having(Status.ERROR) + report.having(Status.INCONCLUSIVE)
    suite.set("errors", str(len(broken) + bool(report.trouble)))
    skipped = report.having(Status.ABSENT) + report.having(Status.QUIRK)
    suite.set("skipped", str(len(skipped)))
    for result in report.results:
        suite.append(_case(result))
    if report.trouble:
        case = ET.SubElement(suite, "testcase", classname="conformance", name="open")
        ET.SubElement(case, "error", message=_clean(report.trouble))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(result: Result) -> ET.Element:
    one = result.property
    case = ET.Element("testcase", classname=f"conformance.{one.group}", name=one.id)
    case.set("time", f"{result.seconds:.3f}")
    match result.status:
        case Status.FAILED if result.finding is not None:
            message = f"{one.sentence} {result.finding.message}"
            failure = ET.SubElement(case, "failure", message=_clean(message))
            failure.text = _clean(_told(result.finding))
        case Status.ERROR | Status.INCONCLUSIVE | Status.FAILED:
            error = ET.SubElement(case, "error", message=str(result.status))
            error.text = _clean(result.reason)
        case Status.ABSENT | Status.QUIRK:
            ET.SubElement(case, "skipped", message=_clean(result.reason))
        case Status.PASSED:
            pass
    return case


def _told(finding: Finding) -> str:
    lines = [recipe(finding), f"expected {finding.expected}", f"got {finding.actual}"]
    if finding.race:
        lines.append(timelines.line(finding.race))
    lines += [f"{point.number}: {point.outcome} at {point.place}" for point in finding.points]
    return "\n".join(lines)


def _clean(words: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", redacted(words))
