/*
 * pairs ROUNDS COMMAND...: runs each command (split at blanks) once in every round and prints, a line a command, the median of the
 * processor time of the process and its children in microseconds (wait4(2)), and the median of its ratio to the last command's of
 * the same round. Pairs make the figure hold on a busy machine: what disturbs one disturbs the other.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof *values, compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double run(const char *command)
{
	char text[1024], *arguments[32];
	int count = 0, status;
	struct rusage usage;
	pid_t child;

	snprintf(text, sizeof text, "%s", command);
	for (char *word = strtok(text, " "); word && count < 31; word = strtok(NULL, " "))
		arguments[count++] = word;
	arguments[count] = NULL;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execv(arguments[0], arguments);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
		fprintf(stderr, "pairs: cannot run %s\n", command);
		exit(1);
	}
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0, commands = argc - 2;
	double *times;

	if (rounds < 1 || commands < 1) {
		fprintf(stderr, "usage: pairs ROUNDS COMMAND...\n");
		return 2;
	}
	times = malloc(sizeof *times * rounds * commands);
	for (int i = 0; i < commands; i++)
		run(argv[i + 2]); /* into the page cache */
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < commands; i++)
			times[i * rounds + round] = run(argv[i + 2]);
	for (int i = 0; i < commands; i++) {
		double ratios[rounds], own[rounds];

		for (int round = 0; round < rounds; round++) {
			own[round] = times[i * rounds + round];
			ratios[round] = own[round] / times[(commands - 1) * rounds + round];
		}
		printf("%.0f %.2f\n", median(own, rounds), median(ratios, rounds));
	}
	return 0;
}
