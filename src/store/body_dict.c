// SPDX-License-Identifier: Apache-2.0
/* body_dict: dictionary 2 of stored bodies: what STIX objects, MISP elements and our own records
 * have in common, the commonest last (near is cheap). Bodies in every database refer to it: it
 * never changes by a byte; a better one gets the next number. */
#include "store/records_internal.h"

static const char text[] =
    /* our own */
    "{\"title\":\"\",\"summary\":\"\",\"description\":\"\",\"category\":\"phishing\",\"occurred"
    "\":\"2026-01-01T00:00:00Z\",\"detected\":\"2026-01-01T00:00:00Z\",\"affected\":[\"\"],\"re"
    "porter\":\"\",\"contact\":\"\",\"assignee\":\"\",\"kind\":\"domain\",\"value\":\"\",\"note"
    "\":\"\"}"
    /* MISP events and objects */
    "{\"Event\":{\"date\":\"2026-01-01\",\"info\":\"OSINT - \",\"publish_timestamp\":\"17000000"
    "00\",\"published\":true,\"threat_level_id\":\"3\",\"timestamp\":\"1700000000\",\"Orgc\":{"
    "\"name\":\"CIRCL\",\"uuid\":\"\"},\"Tag\":[{\"colour\":\"#ffffff\",\"exportable\":true,\"n"
    "ame\":\"tlp:white\",\"relationship_type\":\"\"},{\"colour\":\"#004646\",\"local\":false,\""
    "name\":\"type:OSINT\"},{\"name\":\"misp-galaxy:mitre-attack-pattern=\\\"\"}]}}{\"Object\":"
    "{\"name\":\"file\",\"meta-category\":\"file\",\"description\":\"File object describing a f"
    "ile with meta-information\",\"template_uuid\":\"688c46fb-5edb-40a3-8273-1af7923e2215\",\"t"
    "emplate_version\":\"24\",\"event_id\":\"1\",\"uuid\":\"\",\"timestamp\":\"1700000000\",\"d"
    "istribution\":\"5\",\"sharing_group_id\":\"0\",\"comment\":\"\",\"deleted\":false,\"first_"
    "seen\":null,\"last_seen\":null,\"ObjectReference\":[]}}"
    /* STIX */
    "\"external_references\":[{\"source_name\":\"mitre-attack\",\"url\":\"https://attack.mitre."
    "org/techniques/T1059/001\",\"external_id\":\"T1\"},{\"source_name\":\"cve\",\"external_id"
    "\":\"CVE-202\"}],\"kill_chain_phases\":[{\"kill_chain_name\":\"lockheed-martin-cyber-kill-"
    "chain\",\"phase_name\":\"command-and-control\"},{\"kill_chain_name\":\"mitre-attack\",\"ph"
    "ase_name\":\"initial-access\"}],\"malware_types\":[\"remote-access-trojan\",\"ransomware\""
    "],\"is_family\":true,\"first_observed\":\"\",\"last_observed\":\"\",\"number_observed\":1,"
    "\"x_mitre_version\":\"1.0\",\"x_mitre_platforms\":[\"Windows\"],{\"type\":\"file\",\"hashe"
    "s\":{\"MD5\":\"\",\"SHA-1\":\"\",\"SHA-256\":\"\"},\"name\":\".exe\",\"size\":{\"type\":\""
    "domain-name\",\"spec_version\":\"2.1\",\"id\":\"domain-name--{\"type\":\"ipv4-addr\",\"spe"
    "c_version\":\"2.1\",\"id\":\"ipv4-addr--{\"type\":\"relationship\",\"spec_version\":\"2.1"
    "\",\"id\":\"relationship--\",\"created_by_ref\":\"identity--\",\"created\":\"2020-01-01T00"
    ":00:00.000Z\",\"modified\":\"2020-01-01T00:00:00.000Z\",\"relationship_type\":\"indicates"
    "\",\"source_ref\":\"indicator--\",\"target_ref\":\"malware--\",\"object_marking_refs\":[\""
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487\",\"marking-definition--bab4a63c-"
    "aed9-4cf5-a766-dfca5abac2bb\",\"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9\""
    "],\"revoked\":false,\"confidence\":80,\"lang\":\"en\",\"labels\":[\"malicious-activity\"]}"
    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--\",\"created_by_ref\""
    ":\"identity--\",\"created\":\"2026-01-01T00:00:00.000Z\",\"modified\":\"2026-01-01T00:00:0"
    "0.000Z\",\"name\":\"\",\"description\":\"\",\"indicator_types\":[\"malicious-activity\",\""
    "anomalous-activity\"],\"pattern\":\"[file:hashes.'SHA-256' = '[url:value = 'http://[domain"
    "-name:value = '[ipv4-addr:value = '']\",\"pattern_type\":\"stix\",\"pattern_version\":\"2."
    "1\",\"valid_from\":\"2026-01-01T00:00:00Z\",\"valid_until\":\"20"
    /* MISP attributes: of the core format, as they come from feeds, as an instance exports them */
    "\"object_relation\":\"sha256\",\"type\":\"filename|sha256\",\"type\":\"sha1\",\"type\":\"m"
    "d5\",\"type\":\"email-src\",\"type\":\"vulnerability\",\"type\":\"link\",\"type\":\"text\""
    ",\"category\":\"External analysis\",\"category\":\"Artifacts dropped\",\"category\":\"Anti"
    "virus detection\",\"category\":\"Payload installation\",\"category\":\"Attribution\",\"val"
    "ue\":\"https://www.virustotal.com/file/{\"Attribute\":{\"category\":\"Network activity\","
    "\"comment\":\"\",\"deleted\":false,\"disable_correlation\":false,\"timestamp\":\"160000000"
    "0\",\"to_ids\":true,\"type\":\"hostname\",\"uuid\":\"\",\"value\":\"\"}}{\"Attribute\":{\""
    "category\":\"Payload delivery\",\"comment\":\"\",\"to_ids\":true,\"type\":\"sha256\",\"uui"
    "d\":\"5\",\"timestamp\":\"1500000000\",\"deleted\":false,\"value\":\"\",\"Tag\":[{\"name\""
    ":\"tlp:green\"}]}}{\"Attribute\":{\"id\":\"1\",\"event_id\":\"1\",\"object_id\":\"0\",\"ob"
    "ject_relation\":null,\"category\":\"Payload delivery\",\"type\":\"sha256\",\"to_ids\":true"
    ",\"uuid\":\"\",\"timestamp\":\"1700000000\",\"distribution\":\"5\",\"sharing_group_id\":\""
    "0\",\"comment\":\"\",\"deleted\":false,\"disable_correlation\":false,\"first_seen\":null,"
    "\"last_seen\":null,\"value\":\"\"}}{\"Attribute\":{\"id\":\"\",\"uuid\":\"\",\"event_id\":"
    "\"1\",\"object_id\":\"0\",\"type\":\"url\",\"category\":\"Payload delivery\",\"type\":\"ip"
    "-dst\",\"category\":\"Network activity\",\"type\":\"domain\",\"category\":\"Network activi"
    "ty\",\"value\":\"\",\"to_ids\":true,\"timestamp\":\"17\",\"distribution\":\"5\",\"sharing_"
    "group_id\":\"0\",\"comment\":\"\",\"deleted\":false,\"disable_correlation\":false}}";

str body_dictionary(void)
{
	return (str){text, sizeof text - 1};
}
