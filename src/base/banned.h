/* SPDX-License-Identifier: AGPL-3.0-or-later
 * banned.h - included before every file by the build: calls that may not be used. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef USES_OPENSSL /* its headers name parameters after what is banned */
#include <openssl/evp.h>
#endif
#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atoll atof system popen
#pragma GCC poison gmtime localtime ctime asctime mktime rand srand strncpy tmpnam
