using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HypervVfattach.Machines;

/// <summary>The guest agent (qemu-ga) at the other end of a virtio serial port: runs commands in the guest.</summary>
internal sealed class GuestAgent(Socket socket, Func<string> context) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMilliseconds(200);

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _turn = new(1);
    private StreamReader? _reader;

    /// <summary>Waits until the agent runs; earlier output of it is skipped.</summary>
    public async Task SyncAsync(TimeSpan limit)
    {
        _reader ??= new StreamReader(_stream);
        var number = RandomNumberGenerator.GetInt32(int.MaxValue);
        await SendAsync("guest-sync", new { id = number });
        await UntilAsync().Within(limit, "the guest agent", context);

        async Task UntilAsync()
        {
            while (true)
            {
                var line = await ReadAsync();
                if (line["return"] is JsonValue value && value.TryGetValue<long>(out var seen) && seen == number)
                    return;
            }
        }
    }

    /// <summary>Starts a program and returns its process id.</summary>
    public async Task<long> StartAsync(string program, IEnumerable<string> arguments, bool capture)
    {
        var answer = await AskAsync("guest-exec", new Dictionary<string, object>
        {
            ["path"] = program, ["arg"] = arguments.ToArray(), ["capture-output"] = capture,
        });
        return (long)answer!["pid"]!;
    }

    /// <summary>Waits for the end of a program that <see cref="StartAsync"/> started.</summary>
    public async Task<CommandResult> FinishAsync(long pid, string command, TimeSpan limit)
    {
        var end = DateTime.UtcNow + limit;
        for (var pause = s_firstPoll; ; pause = pause * 1.5 < s_longestPoll ? pause * 1.5 : s_longestPoll)
        {
            var status = (await AskAsync("guest-exec-status", new Dictionary<string, object> { ["pid"] = pid }))!;
            if ((bool)status["exited"]!)
                return new CommandResult(
                    (int?)status["exitcode"] ?? 128 + ((int?)status["signal"] ?? 0),
                    Decode(status["out-data"]), Decode(status["err-data"]));
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"in the guest: {command}: not finished in {limit.TotalSeconds:0.#} s\n{context()}");
            await Task.Delay(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _turn.Dispose();
    }

    private async Task<JsonNode?> AskAsync(string command, object arguments)
    {
        await _turn.WaitAsync();
        try
        {
            await SendAsync(command, arguments);
            var answer = await ReadAsync().Within(s_patience, $"the guest agent's answer to {command}", context);
            if (answer["error"] is { } error)
                throw new InvalidOperationException($"the guest agent refused {command}: {error["desc"]}");
            return answer["return"];
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task SendAsync(string command, object arguments) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new Dictionary<string, object> { ["execute"] = command, ["arguments"] = arguments }) + "\n"));

    private async Task<JsonObject> ReadAsync() =>
        await _reader!.ReadLineAsync() is { } line
            ? JsonNode.Parse(line)!.AsObject()
            : throw new EndOfStreamException($"the machine closed the guest agent's port\n{context()}");

    private static string Decode(JsonNode? base64) =>
        base64 is null ? "" : Encoding.UTF8.GetString(Convert.FromBase64String((string)base64!));
}
