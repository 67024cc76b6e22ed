/* The least that a hook can do: ask whether an interface has a device. */
#include <stdio.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	char path[128];
	struct stat status;

	snprintf(path, sizeof path, "/sys/class/net/%s/device", argc > 1 ? argv[1] : "");
	return stat(path, &status) == 0;
}
