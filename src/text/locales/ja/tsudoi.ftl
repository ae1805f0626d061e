# 画面・メールの文章。キーと引数は en/tsudoi.ftl と同じにします（テストが確かめます）。

## エラー
error-not-found = お探しのページは見つかりませんでした。アドレスをお確かめいただくか、トップページからお探しください。
error-gone = このページは削除されました。
error-unauthenticated = このページを見るにはログインが必要です。ログインしてから、もう一度お試しください。
error-malformed = 送られた内容を読み取れませんでした。前のページに戻り、もう一度お試しください。
error-too-large = 送られたデータが大きすぎます。ファイルを小さくするか数を減らして、もう一度お試しください。
error-too-many = 短い時間に操作が集中しています。1分ほど待ってから、もう一度お試しください。
error-unavailable = ただいま混み合っているか、相手のサーバーにつながりません。しばらく待ってから、もう一度お試しください。
error-internal = サーバーで問題が起きました。お手数ですが、しばらく待ってもう一度お試しください。続くときは運営にお知らせください。

## ハンドル
handle-form = ハンドルは「名前@サーバー」の形で入力してください（例: aiko@om.example.jp）。
handle-name = ハンドルの名前に使えるのは、半角の英数字と _ . - です。入力をお確かめください。
handle-host = ハンドルのサーバー名が正しくありません。「@」の後ろをお確かめください。
handle-local-name = 名前に使えるのは半角の英小文字・数字・アンダースコア（_）で、1文字から{ $count }文字までです。
handle-reserved = この名前はサーバーが使うため選べません。別の名前にしてください。

## メールアドレス
email-form = メールアドレスを読み取れませんでした。「aiko@example.jp」のような形か、お確かめください。
email-long = メールアドレスが長すぎます（{ $count }文字まで）。入力をお確かめください。

## 画像
media-type = この種類のファイルは使えません。JPEG・PNG・GIF・WebPの画像をお選びください。
media-unreadable = 画像を読み取れませんでした。ファイルが壊れているかもしれません。保存し直すか、別の画像をお選びください。
media-disk-full = ノードの空き容量が少ないため、今は画像を受け取れません。文章は投稿できます。ノードの運営に知らせてください。
media-too-large = 画像が大きすぎます（1枚{ $count }MBまで）。小さくしてから、もう一度お試しください。
media-too-many-pixels = 画像の縦横が大きすぎます（{ $count }00万画素まで）。縮小してから、もう一度お試しください。

## アカウントのきまり
bio-too-long = 自己紹介は{ $count }文字までです。短くしてから、もう一度保存してください。
block-not-oneself = 自分自身をブロックすることはできません。
code-expired = この数字はもう使えません。新しい数字を送り直してください。
code-wrong = 数字が違うようです。あと{ $count }回ためせます。
display-name-too-long = 表示名は{ $count }文字までです。
email-taken = このメールアドレスはすでに使われています。
error-admins-only = このページは管理者だけが使えます。
error-host-blocked = このサーバーとはやり取りしていません。
error-remote-refused = 相手のサーバーが見せてくれませんでした。
field-too-long = プロフィールの項目はそれぞれ{ $count }文字までです。
account-suspended = このアカウントは停止されています。
follow-not-allowed = このアカウントはフォローできません。
move-not-confirmed = 引っ越し先のアカウントに、こちらのアカウントが「別のアカウント」として登録されていません。先に引っ越し先で登録してください。
name-taken = この名前はすでに使われています。別の名前を選んでください。
password-too-long = パスワードは{ $count }文字までです。
password-too-short = パスワードは{ $count }文字以上にしてください。
sign-in-suspended = このアカウントは今は使えません。支部の運営に連絡してください。
sign-in-pending = 支部の承認をお待ちください。承認されるとメールでお知らせします。
sign-in-wrong = ユーザー名（メールアドレス）かパスワードが違います。パスワードを空にすると、メールの数字でログインできます。
too-many-fields = プロフィールの項目は{ $count }個までです。

## 投稿のきまり
boost-not-allowed = この投稿はブーストできません。
media-in-use = この画像は投稿に使われています。
media-description-too-long = 画像の説明は{ $count }文字までです。
pin-not-open = 固定できるのは公開か未収載の投稿だけです。
pin-too-many = 固定できる投稿は{ $count }件までです。
poll-choice = 選択肢を選んでください。
poll-duration = アンケートの期間は5分から90日までです。
poll-option-too-long = 選択肢は{ $count }文字までです。
poll-over = このアンケートは締め切られました。
poll-same-options = 同じ選択肢があります。
poll-too-few = 選択肢は2つ以上必要です。
poll-too-many = 選択肢は{ $count }個までです。
poll-not-editable = アンケートの選択肢は、公開した後は変えられません。
poll-voted = すでに投票しています。
schedule-too-many = 予約できる投稿は{ $count }件までです。
schedule-too-soon = 予約は5分以上先の日時にしてください。
post-empty = 本文か画像かアンケートのどれかを入れてください。
post-language = 言語の指定が正しくありません。
post-media-unknown = 添付した画像が見つかりません。もう一度選んでください。
post-poll-or-media = アンケートと画像は一緒に投稿できません。
post-too-long = 本文は{ $count }文字までです。短くするか、いくつかに分けてください。
post-too-many-media = 画像は{ $count }枚までです。
quote-gone = 引用する投稿が見つかりません。
quote-not-allowed = この投稿は引用できません。
reaction-not-allowed = この投稿には反応できません。
reply-not-allowed = この投稿には返信できません。
reply-parent-gone = 返信先の投稿が見つかりません。
search-too-long = 検索する言葉は{ $count }文字までです。
summary-too-long = 注意書きは{ $count }文字までです。
push-keys = プッシュ通知の鍵（p256dhとauth）が正しくありません。
notifications-not-filtered = 通知を保留することはできません。ミュートやブロックをお使いください。
