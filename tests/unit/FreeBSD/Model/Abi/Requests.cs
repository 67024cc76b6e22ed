namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>sys/sockio.h, net/if_lagg.h, netinet6/in6_var.h: ioctl request numbers.</summary>
internal static class Requests
{
    public const ulong SIOCIFCREATE = 0xc020697a;
    public const ulong SIOCIFCREATE2 = 0xc020697c;
    public const ulong SIOCIFDESTROY = 0x80206979;
    public const ulong SIOCIFGCLONERS = 0xc0106978;
    public const ulong SIOCGIFCONF = 0xc0106924;
    public const ulong SIOCGIFFLAGS = 0xc0206911;
    public const ulong SIOCSIFFLAGS = 0x80206910;
    public const ulong SIOCGIFMTU = 0xc0206933;
    public const ulong SIOCSIFMTU = 0x80206934;
    public const ulong SIOCGIFCAP = 0xc020691f;
    public const ulong SIOCGIFINDEX = 0xc0206920;
    public const ulong SIOCGHWADDR = 0xc020693e;
    public const ulong SIOCSIFLLADDR = 0x8020693c;
    public const ulong SIOCSIFNAME = 0x80206928;
    public const ulong SIOCGIFFIB = 0xc020695c;
    public const ulong SIOCSIFFIB = 0x8020695d;
    public const ulong SIOCGIFMEDIA = 0xc0306938;
    public const ulong SIOCGIFXMEDIA = 0xc030698b;
    public const ulong SIOCSIFADDR = 0x8020690c;
    public const ulong SIOCGIFADDR = 0xc0206921;
    public const ulong SIOCGIFNETMASK = 0xc0206925;
    public const ulong SIOCGIFBRDADDR = 0xc0206923;
    public const ulong SIOCAIFADDR = 0x8044692b;
    public const ulong SIOCDIFADDR = 0x80206919;
    public const ulong SIOCAIFADDR_IN6 = 0x8088691b;
    public const ulong SIOCDIFADDR_IN6 = 0x81206919;
    public const ulong SIOCGIFAFLAG_IN6 = 0xc1206949;
    public const ulong SIOCGIFINFO_IN6 = 0xc048696c;
    public const ulong SIOCSIFINFO_IN6 = 0xc048696d;
    public const ulong SIOCSIFINFO_FLAGS = 0xc0486957;
    public const ulong SIOCSLAGG = 0x80506990;
    public const ulong SIOCGLAGG = 0xc050698f;
    public const ulong SIOCSLAGGPORT = 0x8048698d;
    public const ulong SIOCSLAGGDELPORT = 0x8048698e;
    public const ulong SIOCGLAGGPORT = 0xc048698c;
    public const ulong SIOCGLAGGFLAGS = 0xc0146991;
    public const ulong SIOCGLAGGOPTS = 0xc0286998;

    /// <summary>The name in sys/sockio.h, for logs.</summary>
    public static string Name(ulong request) => request switch
    {
        SIOCIFCREATE => nameof(SIOCIFCREATE),
        SIOCIFCREATE2 => nameof(SIOCIFCREATE2),
        SIOCIFDESTROY => nameof(SIOCIFDESTROY),
        SIOCIFGCLONERS => nameof(SIOCIFGCLONERS),
        SIOCGIFCONF => nameof(SIOCGIFCONF),
        SIOCGIFFLAGS => nameof(SIOCGIFFLAGS),
        SIOCSIFFLAGS => nameof(SIOCSIFFLAGS),
        SIOCGIFMTU => nameof(SIOCGIFMTU),
        SIOCSIFMTU => nameof(SIOCSIFMTU),
        SIOCGIFCAP => nameof(SIOCGIFCAP),
        SIOCGIFINDEX => nameof(SIOCGIFINDEX),
        SIOCGHWADDR => nameof(SIOCGHWADDR),
        SIOCSIFLLADDR => nameof(SIOCSIFLLADDR),
        SIOCSIFNAME => nameof(SIOCSIFNAME),
        SIOCGIFFIB => nameof(SIOCGIFFIB),
        SIOCSIFFIB => nameof(SIOCSIFFIB),
        SIOCGIFMEDIA => nameof(SIOCGIFMEDIA),
        SIOCGIFXMEDIA => nameof(SIOCGIFXMEDIA),
        SIOCSIFADDR => nameof(SIOCSIFADDR),
        SIOCGIFADDR => nameof(SIOCGIFADDR),
        SIOCGIFNETMASK => nameof(SIOCGIFNETMASK),
        SIOCGIFBRDADDR => nameof(SIOCGIFBRDADDR),
        SIOCAIFADDR => nameof(SIOCAIFADDR),
        SIOCDIFADDR => nameof(SIOCDIFADDR),
        SIOCAIFADDR_IN6 => nameof(SIOCAIFADDR_IN6),
        SIOCDIFADDR_IN6 => nameof(SIOCDIFADDR_IN6),
        SIOCGIFAFLAG_IN6 => nameof(SIOCGIFAFLAG_IN6),
        SIOCGIFINFO_IN6 => nameof(SIOCGIFINFO_IN6),
        SIOCSIFINFO_IN6 => nameof(SIOCSIFINFO_IN6),
        SIOCSIFINFO_FLAGS => nameof(SIOCSIFINFO_FLAGS),
        SIOCSLAGG => nameof(SIOCSLAGG),
        SIOCGLAGG => nameof(SIOCGLAGG),
        SIOCSLAGGPORT => nameof(SIOCSLAGGPORT),
        SIOCSLAGGDELPORT => nameof(SIOCSLAGGDELPORT),
        SIOCGLAGGPORT => nameof(SIOCGLAGGPORT),
        SIOCGLAGGFLAGS => nameof(SIOCGLAGGFLAGS),
        SIOCGLAGGOPTS => nameof(SIOCGLAGGOPTS),
        _ => $"0x{request:x8}",
    };
}
