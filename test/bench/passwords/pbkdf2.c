/*
 * pbkdf2.c: PKCS5_PBKDF2_HMAC of OpenSSL in a bare loop: what guessing SCRAM
 * passwords costs at least.  Prints the milliseconds of the processor.
 *
 * pbkdf2 GUESSES ITERATIONS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

int
main(int argc, char **argv)
{
	int			guesses = argc == 3 ? atoi(argv[1]) : 0;
	int			iterations = argc == 3 ? atoi(argv[2]) : 0;
	unsigned char salt[16] = "salt of 16 bytes";
	unsigned char key[32];
	struct timespec start;
	struct timespec end;
	int			i;

	if (guesses < 1 || iterations < 1)
		return 2;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (i = 0; i < guesses; i++)
	{
		char		password[16];

		/* as long as the candidates of guess.sql */
		snprintf(password, sizeof(password), "guess %06d", i);
		if (PKCS5_PBKDF2_HMAC(password, (int) strlen(password), salt, sizeof(salt),
							  iterations, EVP_sha256(), sizeof(key), key) != 1)
			return 1;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6);
	return 0;
}
