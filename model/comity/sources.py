"""Where the numbers of the registry come from: a citation and an address for each key, or *assume*.

A citation gives authors, year, title and publisher, in brackets what was taken from it, then the page on which it was
read or else its DOI. Where neither could be established, the address is the agency's own and the title finds the rest.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import Final

SOURCES: Final[dict[str, str]] = {
    "assume": "assume",
    "calibrated": "Calibrated in November 2026 to the published findings of experiments/targets.toml, one point of the posterior (results/calibration/choice.csv), by approximate Bayesian computation after Beaumont, Zhang & Balding (2002), Genetics 162(4):2025, https://doi.org/10.1093/genetics/162.4.2025",
    "census": "Lofquist, Lugaila, O'Connell & Feliz (2012), Households and Families: 2010, 2010 Census Briefs C2010BR-14, US Census Bureau, https://www.census.gov/library/publications/2012/dec/c2010br-14.html",
    "pew10": "Passel & Cohn (2011), Unauthorized Immigrant Population: National and State Trends, 2010, Pew Hispanic Center, 1 February 2011, https://www.pewresearch.org/hispanic/2011/02/01/",
    "pew22": "Pew Research Center (2022), survey of Latino adults of March 2021 [worry about deportation by status: 53 % of permanent residents, nearly 80 % of those without status], as in Almost 4 in 10 Latinos worry they or someone close to them could be deported, NBC News, https://www.nbcnews.com/news/latino/almost-4-10-latinos-worry-someone-close-deported-rcna16300",
    "pew22b": "Pew Research Center (2022), survey of Latino adults of March 2021 [53 % know someone unauthorized], as in Deportation fears among Latinos, Working Immigrants, June 2022, https://www.workingimmigrants.com/2022/06/deportation-fears-among-latinos/",
    "idc": "California Immigrant Data Portal (2019), mixed-status families [nearly 30 % of Latinos are unauthorized or live with a family member who is], https://immigrantdataca.org",
    "acs10": "US Census Bureau, American Community Survey 2010 [about 5.3 of 17.5 million naturalised citizens Hispanic: from memory, not re-read, so assume], https://www.census.gov/programs-surveys/acs",
    "ident": "No published figure; bounded by fingerprint-only 2.7 % against interview-based 11.5 % of arrestees (assume)",
    "light20": "Light, He & Robey (2020), Comparing crime rates between undocumented immigrants, legal immigrants, and native-born US citizens in Texas, PNAS 117(51):32340, https://doi.org/10.1073/pnas.2014704117",
    "bjs7": "Oudekerk & Truman (2017), Repeat Violent Victimization, 2005-14, Bureau of Justice Statistics [19 % of victims a year have two or more], https://bjs.ojp.gov/redirect-legacy/content/pub/ascii/rvv0514.txt",
    "gjw": "Goncalves, Jacome & Weisburst (2024), Immigration Enforcement and Public Safety, NBER Working Paper 32109, as in the NBER Digest of April 2024, https://www.nber.org/digest/202404/increased-immigration-enforcement-and-public-safety-hispanics",
    "bjs12": "Truman, Langton & Planty (2013), Criminal Victimization, 2012, Bureau of Justice Statistics, NCJ 243389, https://bjs.ojp.gov",
    "bjs5": "Morgan (2017), Race and Hispanic Origin of Victims and Offenders, 2012-15, Bureau of Justice Statistics, NCJ 250747, https://bjs.ojp.gov/redirect-legacy/content/pub/ascii/rhovo1215.txt",
    "bjs1": "Langton, Berzofsky, Krebs & Smiley-McDonald (2012), Victimizations Not Reported to the Police, 2006-2010, Bureau of Justice Statistics, NCJ 238536, https://bjs.ojp.gov/redirect-legacy/content/pub/ascii/vnrp0610.txt",
    "wong": "Wong, Shklyan, Isorena & Peng (2019), The Impact of Interior Immigration Enforcement on the Day-to-Day Behaviors of Undocumented Immigrants, US Immigration Policy Center Working Paper 1, UC San Diego [61 % as witness against 43 % as victim], as reported by KPBS on 26 April 2018, https://www.kpbs.org/news/2018/apr/26/",
    "slocum": "Slocum (2018), The effect of prior police contact on victimization reporting: results from the Police-Public Contact and National Crime Victimization Surveys, Journal of Quantitative Criminology 34 [weak effect of attitudes], https://doi.org/10.1007/s10940-017-9345-x",
    "kp11": "Kirk & Papachristos (2011), Cultural Mechanisms and the Persistence of Neighborhood Violence, American Journal of Sociology 116(4):1190 [direction only], https://doi.org/10.1086/655754",
    "ucr10race": "FBI (2011). Crime in the United States, 2010, table 43: arrests by race, https://ucr.fbi.gov/crime-in-the-u.s/2010/crime-in-the-u.s.-2010/tables/table-43; residents from the 2010 Census",
    "ucr11": "FBI (2012), Crime in the United States, 2011: Clearances, Uniform Crime Reports, https://ucr.fbi.gov/crime-in-the-u.s/2011",
    "ucr10": "FBI (2011), Crime in the United States, 2010: Persons Arrested, Uniform Crime Reports [4,257.6 per 100,000 less violent and property arrests], https://ucr.fbi.gov/crime-in-the-u.s/2010",
    "bvk": "Blanes i Vidal & Kirchmaier (2018), The Effect of Police Response Time on Crime Clearance Rates, Review of Economic Studies 85(2):855 [direction only], https://doi.org/10.1093/restud/rdx044",
    "ppcs": "Eith & Durose (2011), Contacts between Police and the Public, 2008, Bureau of Justice Statistics, NCJ 234599 [with the wave of 2011 of the same survey], https://ojp.gov/ncjrs/virtual-library/abstracts/contacts-between-police-and-public-2008",
    "ppic": "Lofstrom, Martin, Goss, Hayes & Raphael (2018), New Insights into California Arrests: Trends, Disparities, and County Differences, Technical Appendices, Public Policy Institute of California [897 felony against 2,530 misdemeanour arrests per 100,000 in 2016], https://www.ppic.org/publication/new-insights-into-california-arrests-trends-disparities-and-county-difference/1218mlr-appendix/",
    "irving": "Gardner & Kohli (2009), The C.A.P. Effect: Racial Profiling in the ICE Criminal Alien Program, Warren Institute, UC Berkeley [+150 %], https://papers.ssrn.com/abstract=3168885; against no effect in Treyger, Chalfin & Loeffler (2014), Immigration Enforcement, Policing, and Crime, Criminology & Public Policy 13(2):285, https://doi.org/10.1111/1745-9133.12085",
    "cadoj": "California Department of Justice (2011), Crime in California 2010, NCJ 238644 [67.6 % of dispositions of adult felony arrests a conviction], https://www.ojp.gov/ncjrs/virtual-library/abstracts/crime-california-2010",
    "scps": "Bureau of Justice Statistics, State Court Processing Statistics: Felony Defendants in Large Urban Counties, 2004 [57 % released before trial], https://bjs.ojp.gov",
    "jim10": "Minton (2011), Jail Inmates at Midyear 2010 - Statistical Tables, Bureau of Justice Statistics, NCJ 233431 [242 per 100,000], https://ojp.gov/library/publications/jail-inmates-midyear-2010-statistical-tables",
    "cook": "Cook County Board (2011), Policy for Responding to ICE Detainers, ordinance 11-O-73 of 7 September 2011 [$143 a day], http://cookcountygov.com/ll_lib_pub_cook/cook_ordinance.aspx?WindowArgs=1501",
    "oig12": "DHS Office of Inspector General (2012), Operations of United States Immigration and Customs Enforcement's Secure Communities, OIG-12-64 [screening before the programme reached about 14 % of jails], https://www.oig.dhs.gov",
    "trac311": "TRAC, Syracuse University (2013), ICE Detainers Placed on U.S. Citizens and Legal Permanent Residents, report 311 [834 and 28,489 of 949,126 detainers], https://trac.syr.edu/immigration/reports/311",
    "levels08": "GAO (2012), Secure Communities: Criminal Alien Removals Increased, but Technology Planning Improvements Are Needed, GAO-12-708 [levels of 2008; P(acts | unlawful match) 0.78-0.84 is arithmetic from counts to July 2011, split by level assumed], https://www.gao.gov/products/GAO-12-708",
    "memo10": "Morton (ICE), Civil Immigration Enforcement: Priorities for the Apprehension, Detention, and Removal of Aliens, 30 June 2010, and Exercising Prosecutorial Discretion, 17 June 2011, as in the response to the Task Force on Secure Communities (split by level assumed), https://www.dhs.gov/publication/ice-response-task-force-secure-communities",
    "guidance12": "Morton (ICE), Civil Immigration Enforcement: Guidance on the Use of Detainers in the Federal, State, Local, and Tribal Criminal Justice Systems, 21 December 2012 (split by level assumed), https://mikebakerlaw.com/blog/2013/01/23/u-s-immigration-and-customs-enforcement-detainers",
    "pep14": "Johnson (DHS), Policies for the Apprehension, Detention and Removal of Undocumented Immigrants, 20 November 2014; Rosenblum (2015), Understanding the Potential Impact of Executive Action on Immigration Enforcement, Migration Policy Institute [13 % of unauthorized people were priorities; split by level assumed], https://docslib.org/doc/12625591/understanding-the-potential-impact-of-executive-action-on-immigration-enforcement",
    "eo17": "Executive Order 13768 of 25 January 2017, Enhancing Public Safety in the Interior of the United States, 82 FR 8799 (split by level assumed), https://www.federalregister.gov/d/2017-02102",
    "beds": "National Immigrant Justice Center, timeline of the detention bed quota [33,400 to 34,000 beds in the appropriations of FY2010-13], https://immigrantjustice.org; 11.2 million unauthorized: Passel & Cohn (2011), Unauthorized Immigrant Population: National and State Trends, 2010, Pew Hispanic Center, https://www.pewresearch.org/hispanic/2011/02/01/",
    "trac458": "TRAC, Syracuse University, report 458 on ICE detainers [taken into custody after a detainer: peak 16,713 in March 2010], https://trac.syr.edu/immigration/reports/458",
    "noaction": "Congressional Research Service for the House Committee on the Judiciary (2012), matches without action to 31 July 2011 [30 % unlawful, 10 % visa, 55 % green card, 6 % other; no count of citizens, so assume], as reported by Vaughan, Center for Immigration Studies, https://cis.org",
    "trac2332": "TRAC, Syracuse University, detainers followed by ICE custody [71.8 % in October 2008], quoted in TRAC at Work, item A2332, https://trac.syr.edu/tracatwork/detail/A2332.html",
    "trac1694": "TRAC, Syracuse University (2013), Legal Noncitizens Receive Longest ICE Detention [40 % out within three days; mean of 31 days from TRAC at Work, item A1694; November-December 2012], https://trac.syr.edu/whatsnew/email.130603.html",
    "funnel11": "ICE statistics in the San Francisco Chronicle [101,741 removed of 197,302 arrested to 31 March 2011], as in Secure Communities: facts and figures, Homeland Security News Wire, https://www.homelandsecuritynewswire.com/secure-communities-facts-and-figures",
    "skogan": "Skogan (2006), Asymmetry in the Impact of Encounters with Police, Policing & Society 16(2):99 [bad contacts weigh 4-14 times good ones], https://doi.org/10.1080/10439460600662098",
    "rosenbaum": "Rosenbaum, Schuck, Costello, Hawkins & Ring (2005), Attitudes Toward the Police: The Effects of Direct and Vicarious Experience, Police Quarterly 8(3):343 [direction only], https://doi.org/10.1177/1098611104271085",
    "koc": "Kochel (2019), residents' views of police around Ferguson [recovery within about a year], https://opensiuc.lib.siu.edu/ccj_reports/4; Tuch & Weitzer (1997), Racial Differences in Attitudes Toward the Police, Public Opinion Quarterly 61(4):642",
    "mpif": "Capps, Rosenblum, Rodriguez & Chishti (2011), Delegation and Divergence: A Study of 287(g) State and Local Immigration Enforcement, Migration Policy Institute [immigrants -21 % to -61 % over two years after local agreements: upper bounds, as reported by newsline.umd.edu], https://immigrationresearch.org/report/migration-policy-institute/delegation-and-divergence-study-287g-state-and-local-immigration-e",
    "cisnull": "assume; the claim that surveys miss the fearful",
    "aug11": "Morton (ICE), letter to governors of 5 August 2011 [ends 42 state agreements as unnecessary], as in DHS Office of Inspector General (2012), Communication Regarding Participation in Secure Communities, OIG-12-66, https://www.oig.dhs.gov",
    "or14": "Miranda-Olivares v. Clackamas County, No. 3:12-cv-02317 (D. Or. 11 April 2014): nine Oregon counties stopped holds at once, over 50 agencies in seven weeks [design notes], https://www.ord.uscourts.gov",
    "jls": "Greene (2012), The Cost of Responding to Immigration Detainers in California, Justice Strategies: 20.6 more days in Los Angeles [mostly lost bail; second-hand], https://www.justicestrategies.org",
    "ring10": "ICE's 'ring of interoperability' around Cook County, January and February 2010 [chronology of released e-mails, second-hand], https://uncoverthetruth.org",
    "cg": "Ciancio & García-Jimeno (2019), The Political Economy of Immigration Enforcement: Conflict and Cooperation under Federalism, NBER Working Paper 25766 [local and federal effort are substitutes in 80 % of counties], https://www.nber.org/papers/w25766",
}
