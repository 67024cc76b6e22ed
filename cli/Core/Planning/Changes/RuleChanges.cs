using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>A change of a policy rule, which refers to interfaces by name.</summary>
internal abstract record RuleChange(Rule Rule) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Rule.InputName ?? Rule.OutputName ?? "rules";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;
}

/// <summary>Add a policy rule.</summary>
internal sealed record AddRule(Rule Rule) : RuleChange(Rule)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"rule add {ObjectText.Of(Rule)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"add rule {ObjectText.Of(Rule)}";

    /// <inheritdoc/>
    public override string Kind => "add-rule";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddRule(f.Rule("rule", Rule));
}

/// <summary>Remove a policy rule.</summary>
internal sealed record RemoveRule(Rule Rule) : RuleChange(Rule)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"rule del {ObjectText.Of(Rule)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove rule {ObjectText.Of(Rule)}";

    /// <inheritdoc/>
    public override string Kind => "remove-rule";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveRule(f.Rule("rule", Rule));
}
